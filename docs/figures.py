"""The figures of the gallery, small, out of bundles that ``slamcore figures`` has made.

Usage: slamcore figures SURVEY --out BUNDLES; python docs/figures.py BUNDLES
"""

from __future__ import annotations

import sys
import zipfile
from io import BytesIO
from pathlib import Path

from pictures import save
from PIL import Image

HERE = Path(__file__).resolve().parent
_ACROSS = 1100


def main(bundles: Path) -> None:
    """Take the PNG out of each bundle of a figure, and tell its caption."""
    out = HERE / "gallery"
    out.mkdir(exist_ok=True)
    for file in sorted(bundles.glob("figure*.zip")):
        with zipfile.ZipFile(file) as bundle:
            image = Image.open(BytesIO(bundle.read(f"{file.stem}.png"))).convert("RGB")
            image.thumbnail((_ACROSS, _ACROSS))
            content = BytesIO()
            image.save(content, "PNG")
            size = save(content.getvalue(), out / f"{file.stem}.png")
            print(f"{file.stem}.png {size / 1000:.0f} kB\n{bundle.read('caption.txt').decode()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
