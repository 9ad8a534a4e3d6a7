"""What makes the site an app: a manifest, icons, and a worker that keeps it on the device."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from backcare_nb.player import bundle

ICONS_FOLDER = Path(__file__).with_name("icons")  # taken by tools/icons.py
MANIFEST_FILE_NAME = "manifest.webmanifest"
SERVICE_WORKER_FILE_NAME = "service-worker.js"
FILE_DIGEST_LETTERS = 16


def format_web_app_manifest(title: str, lead: str, pages: Mapping[str, str]) -> str:
    """Describe the app to the system that installs it; `pages` are titles by the page's file."""
    described = json.loads(Path(__file__).with_name("manifest.json").read_text(encoding="utf-8"))
    described |= {"name": title, "short_name": title, "description": lead}
    described["shortcuts"] = [{"name": name, "url": page} for page, name in pages.items()]
    return json.dumps(described, indent=1) + "\n"


def build_service_worker(files: Mapping[str, str], pages: Mapping[str, Iterable[str]]) -> str:
    """Build the worker that keeps `files`, text by path, as each of `pages` by name needs them."""
    content = {
        "digests": {
            path: sha256(text.encode()).hexdigest()[:FILE_DIGEST_LETTERS]
            for path, text in files.items()
        },
        "pages": {name: sorted(needed) for name, needed in pages.items()},
    }
    site = json.dumps(content, separators=(",", ":"))
    return f"self.SITE={site};\n{bundle.build_script('service_worker.js')}"
