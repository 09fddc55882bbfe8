"""The preview of the VS Code extension, run by node with a `vscode` of a few lines in its place."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
]

VSCODE = """
const heard = { messages: [], shown: [] };
const webview = {
  html: "", postMessage: (m) => heard.messages.push({ ...m }), onDidReceiveMessage: (f) => (heard.go = f),
};
const panel = {
  webview, onDidDispose: () => {}, reveal: () => {} };
const document = { uri: { fsPath: process.env.FILE, toString: () => process.env.FILE }, languageId: "fdl", lineCount: 9,
  lineAt: (line) => ({ range: { start: line } }), save: async () => {} };
const editor = { document, selection: { active: { line: 4 } }, revealRange: () => {} };
module.exports = {
  heard, panel, editor,
  Range: class { constructor(a) { this.a = a; } }, Selection: class { constructor(a) { this.active = { line: a }; } },
  TextEditorRevealType: {}, ViewColumn: { One: 1, Beside: -2 }, Uri: { file: (f) => f },
  window: {
    createWebviewPanel: () => panel, activeTextEditor: editor, showTextDocument: async () => editor,
    onDidChangeTextEditorSelection: (f) => (heard.moved = f) },
  workspace: {
    getWorkspaceFolder: () => undefined, textDocuments: [document], onDidSaveTextDocument: (f) => (heard.saved = f),
  },
};
"""
DRIVE = """
const vscode = require("vscode");
const preview = require("./preview");
const { heard, panel, editor } = vscode;
const command = () => process.env.COMMAND;
(async () => {
  preview.subscribe(command);
  await preview.show(editor.document.uri, command);
  const first = panel.webview.html;
  heard.moved({ textEditor: editor });
  await heard.go({ file: "toy.fdl", line: 7 });
  process.env.COMMAND = process.env.BROKEN;
  await heard.saved(editor.document);
  const at = editor.selection.active.line;
  console.log(JSON.stringify({ first, second: panel.webview.html, messages: heard.messages, at }));
})();
"""


def node(folder: Path, **environment: str) -> dict[str, Any]:
    module = folder / "node_modules" / "vscode"
    module.mkdir(parents=True)
    (module / "index.js").write_text(VSCODE)
    shutil.copy(ROOT / "grammar" / "editors" / "vscode" / "preview.js", folder)
    (folder / "drive.js").write_text(DRIVE)
    done = subprocess.run(
        ["node", "drive.js"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_it_draws_follows_and_leads_back(tmp_path: Path) -> None:
    told = node(
        tmp_path,
        FILE=str(tmp_path / "toy.fdl"),
        COMMAND=script(tmp_path / "fdc", 'test "$1 $3" = "graph -o" && echo "<p>$2</p>" > "$4"'),
        BROKEN=script(tmp_path / "broken", "echo 'error: <nothing>' >&2; exit 1"),
    )
    assert told["first"] == f"<p>{tmp_path / 'toy.fdl'}</p>\n"
    assert told["messages"][0] == {"file": str(tmp_path / "toy.fdl"), "line": 5}
    assert told["at"] == 6  # lines of a document count from 0
    assert "error: &#60;nothing&#62;" in told["second"] and "<nothing>" not in told["second"]
