"""Extracts the main text of HTML pages; a program for the stage `command`.

Reads documents as JSON lines from standard input and answers each with one line. Needs PyPI's
trafilatura: pip install trafilatura lxml_html_clean
"""

import json
import sys

import trafilatura


def answer(html):
    """The text of a page, or why it is dropped."""
    try:
        text = trafilatura.extract(html, include_comments=False, include_tables=True)
    except Exception as error:  # A page must not end the run.
        return {"drop": f"extraction-failed-{type(error).__name__}"}
    if not text:
        return {"drop": "no-main-text"}
    return {"text": text}


for line in sys.stdin:
    document = json.loads(line)
    json.dump({"id": document["id"], **answer(document["text"])}, sys.stdout)
    print(flush=True)
