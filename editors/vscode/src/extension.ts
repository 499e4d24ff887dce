// Starts `lintplugin lsp` in the workspace's Python environment.

import { PythonExtension } from "@vscode/python-extension";
import * as vscode from "vscode";
import { LanguageClient, type ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

/** Starts and restarts follow each other: the last one holds. */
let work: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const python = await PythonExtension.api();

  async function interpreter(): Promise<string> {
    const stated = vscode.workspace.getConfiguration("lintplugin").get<string>("interpreter");
    if (stated) {
      return stated;
    }
    const path = python.environments.getActiveEnvironmentPath();
    const environment = await python.environments.resolveEnvironment(path);
    return environment?.executable.uri?.fsPath ?? path.path;
  }

  async function restart(): Promise<void> {
    await stop();
    const command = await interpreter();
    const server: ServerOptions = {
      command,
      args: ["-m", "lintplugin", "lsp"],
      // `-m` imports from the folder it is started in, which must not be one of the user's.
      options: { cwd: context.extensionPath },
    };
    const started = new LanguageClient("lintplugin", "lintplugin", server, {
      documentSelector: [
        { scheme: "file", language: "python" },
        { scheme: "untitled", language: "python" },
        { scheme: "file", pattern: "**/{.theanorc,theanorc,.theanorc.txt,keras.json}" },
      ],
    });
    client = started;
    try {
      await started.start();
    } catch {
      const install = `"${command}" -m pip install "lintplugin[lsp]"`;
      const words = `lintplugin does not start with ${command}. Is it installed there? ${install}`;
      void vscode.window.showErrorMessage(words, "Show Output").then((chosen) => {
        if (chosen !== undefined) {
          started.outputChannel.show();
        }
      });
    }
  }

  function schedule(): void {
    work = work.then(restart, restart);
  }

  context.subscriptions.push(
    vscode.commands.registerCommand("lintplugin.restart", schedule),
    python.environments.onDidChangeActiveEnvironmentPath(schedule),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("lintplugin.interpreter")) {
        schedule();
      }
    }),
  );
  schedule();
}

export async function deactivate(): Promise<void> {
  await work;
  await stop();
}

async function stop(): Promise<void> {
  const former = client;
  client = undefined;
  if (former?.needsStop()) {
    await former.dispose();
  }
}
