"""The built bundle: where it lies, the route that serves it, and the few lines that Streamlit sends in its place."""

import json
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

#: Where assets_mount() must stand: the bundle finds the application's root one folder above itself.
ASSETS_PATH = "/alert-map"
DIST = Path(__file__).parent / "dist"
BUNDLE: str = json.loads((DIST / "manifest.json").read_text())["bundle"]

# Streamlit sends a component's JavaScript with every draw and runs it from a blob: address. A module there resolves
# nothing relative, hence the page's own address; and a megabyte must not ride on each rerun, hence the import.
LOADER = f"""
const bundle = new URL("{ASSETS_PATH.lstrip("/")}/{BUNDLE}", document.baseURI).href;
export default async function (component) {{
  try {{ return (await import(bundle)).default(component); }}
  catch (error) {{
    console.error(error);
    component.parentElement.textContent = "The map did not load. Reload the page, or type the area.";
  }}
}}
"""


class _Immutable(StaticFiles):
    """Files whose names change with their content: browsers keep them for good."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with the file, to be kept for a year."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def assets_mount() -> Mount:
    """Return the route to put among those of `st.App`."""
    return Mount(ASSETS_PATH, app=_Immutable(directory=DIST), middleware=[Middleware(GZipMiddleware)])
