"""What every answer tells the browser not to do."""

from __future__ import annotations

from tornado.httputil import HTTPHeaders
from tornado.web import Application, OutputTransform

__all__ = ["POLICY", "protect"]

POLICY = {
    "default-src": "'self'",
    # BokehJS makes functions of the texts of callbacks, pages start with a script of their own,
    # and Panel loads the components that are written in JavaScript from blobs.
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    # Widgets carry their styles with them, in shadow roots.
    "style-src": "'self' 'unsafe-inline' blob:",
    # Images are sent inside the document, and the tools draw theirs.
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    # Data and files to keep go through the websocket of the same host, and blobs. The hub of
    # SAMP (Web Profile) runs on the viewer's own machine.
    "connect-src": "'self' data: blob: http://localhost:21012 http://127.0.0.1:21012",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
"""The Content-Security-Policy: as strict as BokehJS and Panel can live with."""

_POLICY = "; ".join(f"{name} {sources}" for name, sources in POLICY.items())


class _Headers(OutputTransform):
    """Adds the headers to every answer, files and errors too."""

    def transform_first_chunk(
        self,
        status_code: int,
        headers: HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: ARG002 - Tornado calls it with four arguments
    ) -> tuple[int, HTTPHeaders, bytes]:
        headers["Content-Security-Policy"] = _POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        # The address holds the choices of the viewer, which other sites need not learn.
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if "Server" in headers:
            del headers["Server"]  # which version of which server is nobody's business
        return status_code, headers, chunk


def protect(application: Application) -> None:
    """Add the headers to every answer of a server.

    Parameters
    ----------
    application : tornado.web.Application
    """
    application.add_transform(_Headers)
