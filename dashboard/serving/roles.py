"""Who looks at the page, and what they may do. Asked on the server, at each deed."""

from __future__ import annotations

from dataclasses import dataclass

import panel as pn

from dashboard.serving.config import team
from dashboard.serving.team import ADMIN, REVIEW, ROLES

__all__ = ["DEEDS", "Viewer", "refusal", "viewer"]

DEEDS = {"review": REVIEW, "train": ADMIN}
"""What is kept for all, or takes the server's time, and the role that it needs.

All else that a viewer does - cuts, brushes, files dropped, exports - stays in the own session.
"""

_GUEST = "guest"  # what Panel calls a visitor who did not sign in
_WORDS = {"review": "Reviews are written by", "train": "Models are trained by"}


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page.

    Attributes
    ----------
    name : str
        As they signed in; empty without sign-in.
    """

    name: str

    @property
    def role(self) -> str:
        """What they are in the team now; one user on an own machine is admin."""
        crew = team()
        return ADMIN if crew is None else crew.role_of(self.name)

    def may(self, deed: str) -> bool:
        """Whether their role allows a deed, one of `DEEDS`."""
        return ROLES.index(self.role) >= ROLES.index(DEEDS[deed])


def viewer() -> Viewer:
    """Who looks at the page that is being built or answered."""
    name = pn.state.user
    return Viewer(name if name and name != _GUEST else "")


def refusal(deed: str) -> str:
    """Why a deed was refused, in a sentence."""
    return f"{_WORDS[deed]} users with the role {DEEDS[deed]}: ask who runs this server."
