"""A message's blocks as Slack lays them out, as far as a picture needs it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

__all__ = ["slack_page"]

_STYLE = """
body { margin: 0; padding: 20px 24px 24px; background: #fff; color: #1d1c1d;
  font: 15px/1.47 Lato, "Helvetica Neue", "Noto Color Emoji", Arial, sans-serif;
  overflow-wrap: anywhere; }
.message { display: grid; grid-template-columns: 36px minmax(0, 1fr); gap: 4px 10px; }
.face { width: 36px; height: 36px; border-radius: 8px; background: #0b57a4; color: #fff;
  display: grid; place-items: center; font-weight: 700; }
.by { font-weight: 900; }
.by i { font: 700 10px/1 sans-serif; background: #e8e8e8; color: #454447; border-radius: 2px;
  padding: 2px 3px; }
h1 { font-size: 18px; line-height: 1.33; margin: 8px 0 4px; }
.context { color: #616061; font-size: 13px; margin: 4px 0; }
.section, p { margin: 6px 0; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 16px; }
pre { margin: 6px 0; padding: 8px; border: 1px solid #ddd; border-radius: 4px; background: #f8f8f8;
  font: 12px/1.5 Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre-wrap; }
code { font: 12px Menlo, Consolas, "DejaVu Sans Mono", monospace; color: #c01343;
  background: #f8f8f8; border: 1px solid #ddd; border-radius: 3px; padding: 2px 3px; }
ul { margin: 4px 0; padding-left: 24px; } hr { border: 0; border-top: 1px solid #ddd; }
a { color: #1264a3; }
.dot { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin-right: .1em; }
"""
# A machine may have no coloured font.
_DOTS = {"🔴": "#dd2e44", "🟠": "#f4900c", "🟡": "#fdcb58", "🔵": "#55acee", "🟢": "#78b159"}


def slack_page(payload: dict[str, Any]) -> str:
    """The message in a channel."""
    blocks = "".join(_block(block) for block in payload["blocks"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Slack</title>'
        f'<style>{_STYLE}</style><div class="message"><div class="face">OC</div><div>'
        f'<div class="by">OmniTrack compliance <i>APP</i></div>{blocks}</div></div></html>'
    )


def _block(block: dict[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f"<h1>{_text(block['text'])}</h1>"
        case "section":
            own = f"<div>{_text(block['text'])}</div>" if "text" in block else ""
            fields = "".join(f"<div>{_text(field)}</div>" for field in block.get("fields", ()))
            return f'<div class="section">{own}<div class="fields">{fields}</div></div>'
        case "context":
            parts = " &nbsp; ".join(_text(element) for element in block["elements"])
            return f'<div class="context">{parts}</div>'
        case "divider":
            return "<hr>"
        case "rich_text":
            return "".join(_rich(part) for part in block["elements"])
        case unknown:
            message = f"no picture of a block of the type {unknown}"
            raise ValueError(message)


def _text(text: dict[str, Any]) -> str:
    said = escape(text["text"]).replace("\n", "<br>")
    for dot, colour in _DOTS.items():
        said = said.replace(dot, f'<span class="dot" style="background:{colour}"></span>')
    return said


def _rich(part: dict[str, Any]) -> str:
    match part["type"]:
        case "rich_text_list":
            return f"<ul>{''.join(f'<li>{_rich(item)}</li>' for item in part['elements'])}</ul>"
        case "rich_text_preformatted":
            return f"<pre>{''.join(_words(part['elements']))}</pre>"
        case _:
            return f"<p>{''.join(_words(part['elements']))}</p>"


def _words(elements: list[dict[str, Any]]) -> Iterator[str]:
    for element in elements:
        said = escape(element.get("text") or element.get("url", "")).replace("\n", "<br>")
        style = element.get("style", {})
        if element["type"] == "link":
            said = f"<a>{said}</a>"
        if style.get("code"):
            said = f"<code>{said}</code>"
        if style.get("bold"):
            said = f"<b>{said}</b>"
        yield f"<i>{said}</i>" if style.get("italic") else said
