// The graph of a file beside its text: drawn by `fdc graph` when the file is saved, lit up where the cursor is.
"use strict";

const { execFile } = require("child_process");
const { mkdtemp, readFile, rm } = require("fs/promises");
const { tmpdir } = require("os");
const path = require("path");
const { Range, Selection, TextEditorRevealType, Uri, ViewColumn, window, workspace } = require("vscode");

let shown; // { panel, uri, drawing: number of the last drawing that was begun }

async function show(uri, command) {
  if (!shown) {
    const panel = window.createWebviewPanel("fdl.graph", "Graph", { viewColumn: ViewColumn.Beside, preserveFocus: true }, { enableScripts: true, retainContextWhenHidden: true, localResourceRoots: [] });
    shown = { panel, uri, drawing: 0 };
    panel.onDidDispose(() => (shown = undefined));
    panel.webview.onDidReceiveMessage(go);
  }
  shown.uri = uri;
  shown.panel.title = `Graph of ${path.basename(uri.fsPath)}`;
  shown.panel.reveal(undefined, true);
  await draw(command);
}

async function draw(command) {
  const now = shown;
  const number = ++now.drawing;
  const folder = await mkdtemp(path.join(tmpdir(), "fdl-"));
  const out = path.join(folder, "graph.html");
  const told = await new Promise((done) => execFile(command(), ["graph", now.uri.fsPath, "-o", out], { cwd: workspace.getWorkspaceFolder(now.uri)?.uri.fsPath }, (_, stdout, stderr) => done(stderr || stdout)));
  const page = await readFile(out, "utf8").catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
  if (shown !== now || number !== now.drawing) return; // closed, or drawn anew since
  now.panel.webview.html = page ?? refusal(told);
  follow(window.activeTextEditor);
}

function refusal(text) {
  const escaped = text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'"><pre>${escaped}</pre>`;
}

// The cursor moved: what its line became lights up.
function follow(editor) {
  if (!shown || editor?.document.languageId !== "fdl") return;
  shown.panel.webview.postMessage({ file: editor.document.uri.fsPath.replaceAll("\\", "/"), line: editor.selection.active.line + 1 });
}

// A card was chosen: its line is shown.
async function go({ file, line }) {
  const near = path.resolve(path.dirname(shown.uri.fsPath), file);
  const open = workspace.textDocuments.find((d) => d.uri.fsPath === near || d.uri.fsPath.replaceAll("\\", "/").endsWith(`/${file}`));
  const document = open ?? (await workspace.openTextDocument(Uri.file(near)).then((d) => d, () => undefined));
  if (!document) return;
  const at = document.lineAt(Math.min(line, document.lineCount) - 1).range.start;
  const editor = await window.showTextDocument(document, { viewColumn: ViewColumn.One, preserveFocus: true, preview: true });
  editor.selection = new Selection(at, at);
  editor.revealRange(new Range(at, at), TextEditorRevealType.InCenterIfOutsideViewport);
}

// What an extension subscribes to, for as long as it is active. `command` gives the path of fdc.
exports.subscribe = (command) => [
  window.onDidChangeTextEditorSelection((change) => follow(change.textEditor)),
  workspace.onDidSaveTextDocument((document) => shown && document.languageId === "fdl" && draw(command)),
];
exports.show = show;
