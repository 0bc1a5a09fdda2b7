"""The page to try the calls of a listener: HTML with our own style and script, and nothing else.

The policy names style and script by their digests, so that nothing that slipped into the page
would run. The page may ask this origin alone; nobody may put it into a frame. Its icon is an empty
one in its own text, so that no browser asks for another.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from homing.api.own_calls import BASE
from homing.api.reading import read_query

_PAGES = Path(__file__).parent / "pages"


def routes() -> list[Route]:
    async def try_page(request: Request) -> Response:
        """GET /homing/v1/try"""
        read_query(request, ())
        body, policy = page()
        headers = {
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
        }
        return Response(body, headers=headers, media_type="text/html")

    return [Route(f"{BASE}/try", try_page, methods=["GET"])]


@cache
def page() -> tuple[str, str]:
    """The page, and the policy that lets its own style and script through alone."""
    style, script = (_PAGES.joinpath(name).read_text("utf-8") for name in ("try.css", "try.js"))
    html = _PAGES.joinpath("try.html").read_text("utf-8")
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)};"
        " img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
    return html.replace("{style}", style).replace("{script}", script), policy


def _digest(text: str) -> str:
    """Source: Content Security Policy Level 3, 2.3.1."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
