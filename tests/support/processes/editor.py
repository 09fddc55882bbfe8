"""An editor for tests: starts `fdc lsp` and speaks the protocol with it, message by message."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from fdc.compiler.lsp.positions import Text

TIMEOUT = 60
"""Seconds for an answer; a busy machine may take long."""
COMMAND = (sys.executable, "-m", "fdc.compiler.cli.main", "lsp")


PROGRAM = """\
import wan
import dmd2

## Three roles of one family.
program p {
  sizes { F = 81, H = 480, W = 832 }
  param count: int = 3 ## how many steps a sample takes

  role student = wan.t2v_1_3b("small") { train = full, precision = bf16 }
  role teacher = wan.t2v_14b("large")
  role critic = wan.t2v_1_3b("small") { train = full }

  data clips = folder("data/clips") { prompt: str, video: pixels[b, 3, F, H, W] }

  use dmd2(student, teacher, critic) { steps = ticks([1000, 757, 522]), scale = 4.5 }

  optimize student = adamw(lr = 2e-6, betas = [0.0, 0.999])
  optimize critic = adamw(lr = 8e-6)
  train { steps = 4000, batch = 64 }
  allow(unseen-levels)
  validate every 200 { sample = student.sample(steps = count) }
}
"""

METHOD = """\
method tune(student, teacher) {
  param times = uniform(0, 1) ## when

  ## What the student makes of noise.
  graph made(batch, depth: int = 2) {
    c = student.cond(batch)
    x ~ noise[student]
    for (t, next) in grid(depth) {
      x = x + (next.sigma - t.sigma)*student.predict(x, t, c)
    }
    return x
  }

  update student {
    x0 = stop(made(batch, depth = 3))
    t ~ times
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss same = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
    loss near = mse(student.x0(xt, t, student.cond(batch)), teacher.x0(xt, t, teacher.cond(batch)))
  }
}
"""

CAPABILITIES: dict[str, Any] = {
    "textDocument": {
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "rename": {"prepareSupport": True},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}},
}


LENSES = ["fdl.check", "fdl.run", "fdl.graph"]
"""Commands of the client that a lens may call."""


class Refused(Exception):
    """An error as the answer of a request."""


class Editor:
    """A client with the folder `root` open. `told` are the last diagnostics of each file, by address."""

    def __init__(
        self,
        root: Path,
        capabilities: dict[str, Any] | None = None,
        command: Sequence[str] = COMMAND,
        working_folder: Path | None = None,
    ) -> None:
        self.root = root
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=working_folder or root,
        )
        self.answers: dict[int, Future[Any]] = {}
        self.told: dict[str, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.news = threading.Condition()
        self.versions: dict[str, int] = {}
        self.errors = bytearray()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._drain, daemon=True).start()
        folder = {"uri": root.as_uri(), "name": root.name}
        self.capabilities = self.request(
            "initialize",
            {"processId": None, "rootUri": root.as_uri(), "workspaceFolders": [folder]}
            | {"capabilities": capabilities or {}, "initializationOptions": {"commands": LENSES}},
        )["capabilities"]
        self.notify("initialized", {})

    # messages

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def notify(self, method: str, params: Any) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Future[Any]:
        number = len(self.answers) + 1
        self.answers[number] = Future()
        self.send({"id": number, "method": method, "params": params})
        return self.answers[number]

    def request(self, method: str, params: Any) -> Any:
        return self.ask(method, params).result(TIMEOUT)

    def _read(self) -> None:
        out = self.process.stdout
        assert out is not None
        while header := out.readline():
            length = 0
            while header.strip():
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                header = out.readline()
            self._take(json.loads(out.read(length)))

    def _drain(self) -> None:
        assert self.process.stderr is not None
        while data := self.process.stderr.read(1):
            self.errors += data

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            answer = self.answers[message["id"]]
            if "error" in message:
                answer.set_exception(Refused(message["error"]["message"]))
            else:
                answer.set_result(message.get("result"))
            return
        if "id" in message:
            self.send({"id": message["id"], "result": None})
        with self.news:
            self.messages.append(message)
            if message["method"] == "textDocument/publishDiagnostics":
                self.told[message["params"]["uri"]] = message["params"]
            self.news.notify_all()

    def wait(self, for_: Callable[[], Any]) -> Any:
        with self.news:
            done = self.news.wait_for(for_, TIMEOUT)
        assert done, "the server did not say what was waited for"
        return done

    # documents

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, name: str, text: str) -> list[dict[str, Any]]:
        """Opens a file with this text; gives its diagnostics."""
        uri = self.uri(name)
        self.versions[uri] = self.versions.get(uri, 0) + 1
        item = {"uri": uri, "languageId": "fdl", "version": self.versions[uri], "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return self.diagnostics(name)

    def change(self, name: str, *changes: dict[str, Any]) -> None:
        uri = self.uri(name)
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})

    def write(self, name: str, text: str) -> list[dict[str, Any]]:
        """Replaces the whole text; gives its diagnostics."""
        self.change(name, {"text": text})
        return self.diagnostics(name)

    def close(self, name: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": self.uri(name)}})
        del self.versions[self.uri(name)]

    def diagnostics(self, name: str) -> list[dict[str, Any]]:
        """Those of the file's present version."""
        uri = self.uri(name)
        self.wait(lambda: self.told.get(uri, {}).get("version") == self.versions[uri])
        found: list[dict[str, Any]] = self.told[uri]["diagnostics"]
        return found

    def at(self, method: str, name: str, line: int, character: int, **more: Any) -> Any:
        """A request about a place, lines and characters from 0."""
        place = {"textDocument": {"uri": self.uri(name)}, "position": {"line": line, "character": character}}
        return self.request(f"textDocument/{method}", place | more)

    def about(self, method: str, name: str, **more: Any) -> Any:
        """A request about a whole file."""
        return self.request(f"textDocument/{method}", {"textDocument": {"uri": self.uri(name)}} | more)

    def stop(self) -> int:
        """Ends the server as an editor does; gives its exit status."""
        if self.process.poll() is None:
            self.request("shutdown", None)
            self.notify("exit", None)
        return self.process.wait(TIMEOUT)


def quiet(editor: Editor) -> Iterator[Editor]:
    """An editor for one test, which closes what that opens."""
    before = set(editor.versions)
    yield editor
    for uri in set(editor.versions) - before:
        editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        del editor.versions[uri]


def place(text: str, what: str, inside: int = 0, nth: int = 0) -> tuple[int, int]:
    """Line and character of the nth `what` in a text, `inside` characters further on."""
    offset = -1
    for _ in range(nth + 1):
        offset = text.index(what, offset + 1)
    position = Text(text).position(offset + inside)
    return position.line, position.character


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """A text with the edits of an answer made."""
    lines = Text(text)
    for e in sorted(edits, key=lambda e: (e["range"]["start"]["line"], e["range"]["start"]["character"]))[
        ::-1
    ]:
        start, end = (
            lines.starts[e["range"][k]["line"]] + e["range"][k]["character"] for k in ("start", "end")
        )
        text = text[:start] + e["newText"] + text[end:]
    return text
