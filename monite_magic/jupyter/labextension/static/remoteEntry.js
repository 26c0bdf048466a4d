// A prebuilt extension of JupyterLab 4 and Notebook 7, written by hand: there is no build.
//
// - The bodies of %%monite cells have the colours, brackets and folding of JSON.
// - The status bar (in Notebook 7 the toolbar) says where the kernel's session is logged in.
// - The explorer puts cells into the notebook.
// - Completions keep the order that the kernel gives them, and have notes in place of types.
//
// The kernel's end is monite_magic/jupyter/link.py, and assist/hooks.py for completions.
(() => {
  'use strict';

  const NAME = 'monite-magic';
  const TARGET = 'monite_magic';
  const JSON_TYPE = 'application/json';
  // Blank lines and comments may come first. %%monite_import and others take no JSON.
  const TAKES_JSON = /^(?:[^\S\n]*(?:#[^\n]*)?\n)*[^\S\n]*%%monite(?:_explore)?(?:\s|$)/;
  const SECONDS = 1000;

  let shareScope = {};

  // A module that the application shares, or null in an application without it.
  const shared = async name => {
    const versions = shareScope[name];
    const version = versions && Object.keys(versions)[0];
    if (!version) {
      return null;
    }
    try {
      return (await versions[version].get())();
    } catch {
      return null;
    }
  };

  // -- JSON colours -----------------------------------------------------------------------------------------

  const colourCells = panel => {
    const watched = new WeakSet();
    const coloured = new WeakSet();

    const colour = model => {
      const takesJson = TAKES_JSON.test(model.sharedModel.getSource().slice(0, 2000));
      if (takesJson) {
        coloured.add(model);
        if (model.mimeType !== JSON_TYPE) {
          model.mimeType = JSON_TYPE;
        }
      } else if (coloured.delete(model)) {
        model.mimeType = panel.content.codeMimetype;
      }
    };

    const watchCells = () => {
      for (const model of panel.content.model?.cells ?? []) {
        if (model.type === 'code' && !watched.has(model)) {
          watched.add(model);
          model.contentChanged.connect(colour);
          // The notebook sets the kernel's language when it learns it.
          model.mimeTypeChanged.connect(colour);
          colour(model);
        }
      }
    };

    const watchModel = () => {
      panel.content.model?.cells.changed.connect(watchCells);
      watchCells();
    };

    panel.content.modelChanged.connect(watchModel);
    watchModel();
  };

  // -- keys in panels ---------------------------------------------------------------------------------------

  // In command mode an arrow, Enter or a letter is a command of the notebook, also while a menu or a button in an
  // output has the focus. In our panels it belongs to what has the focus; with Ctrl or Cmd it is a command as ever.
  const keepKeys = event => {
    if (event.target instanceof Element && event.target.closest('.monite-panel')) {
      event.target.toggleAttribute('data-lm-suppress-shortcuts', !(event.ctrlKey || event.metaKey));
    }
  };

  // -- cells from the explorer ------------------------------------------------------------------------------

  const insertBelow = (panel, source) => {
    const notebook = panel.content;
    const at = notebook.activeCellIndex + 1;
    notebook.model.sharedModel.insertCell(at, { cell_type: 'code', source, metadata: {}, outputs: [] });
    notebook.activeCellIndex = at;
    notebook.mode = 'edit';
  };

  // -- the line to the kernel -------------------------------------------------------------------------------

  const connect = (panel, onStatus) => {
    const adopt = comm => {
      comm.onMsg = message => {
        const { status, insert } = message.content.data;
        if (status) {
          onStatus(panel, status);
        }
        // The same notebook may be open in another tab: the one in use takes the cell.
        if (typeof insert === 'string' && document.hasFocus()) {
          insertBelow(panel, insert);
        }
      };
      comm.onClose = () => onStatus(panel, null);
      comm.send({ hello: true });
    };

    const greet = async kernel => {
      onStatus(panel, null);
      if (!kernel) {
        return;
      }
      kernel.registerCommTarget(TARGET, adopt);
      try {
        // The line may have been opened before this page was loaded.
        const reply = await kernel.requestCommInfo({ target_name: TARGET });
        for (const id of Object.keys(reply.content.comms ?? {})) {
          if (!kernel.hasComm?.(id)) {
            adopt(kernel.createComm(TARGET, id));
          }
        }
      } catch {
        // The kernel went away meanwhile.
      }
    };

    panel.sessionContext.kernelChanged.connect((_, change) => greet(change.newValue));
    panel.sessionContext.statusChanged.connect((_, status) => {
      if (['restarting', 'autorestarting', 'dead'].includes(status)) {
        onStatus(panel, null);
      }
    });
    greet(panel.sessionContext.session?.kernel ?? null);
  };

  // -- the session's state ----------------------------------------------------------------------------------

  const words = status => {
    if (!status.label) {
      return 'Monite: not logged in';
    }
    const parts = [`Monite: ${status.label}`];
    if (status.entity) {
      parts.push(status.entity);
    }
    if (status.expires) {
      const minutes = Math.floor((status.expires * SECONDS - Date.now()) / 60 / SECONDS);
      parts.push(minutes > 0 ? `token ${minutes} min` : 'token ends, renewed by itself');
    }
    return parts.join(' · ');
  };

  const write = (node, status) => {
    node.textContent = status ? words(status) : '';
    node.title = status ? 'The session of this notebook; %monite_status shows all of it' : '';
    const isProduction = Boolean(status && status.production);
    node.style.cssText =
      'padding:0 6px;white-space:nowrap' +
      (isProduction ? ';background-color:#c70000;color:#ffffff;font-weight:600' : '');
  };

  const makePlugin = (notebooks, lumino, bar) => ({
    id: `${NAME}:plugin`,
    description: 'JSON colours in %%monite cells, the session in the status bar, cells from the explorer.',
    autoStart: true,
    requires: [notebooks.INotebookTracker],
    optional: bar ? [bar.IStatusBar] : [],
    activate: (_app, tracker, statusBar) => {
      const states = new WeakMap();
      const badges = new WeakMap();
      let refresh = () => {};

      const newBadge = () => {
        const widget = new lumino.Widget();
        widget.addClass('monite-status');
        widget.addClass('jp-StatusBar-TextItem');
        return widget;
      };

      if (statusBar) {
        const badge = newBadge();
        statusBar.registerStatusItem(`${NAME}:status`, { item: badge, align: 'left', rank: 90 });
        refresh = () => {
          const panel = tracker.currentWidget;
          write(badge.node, (panel && states.get(panel)) || null);
        };
        tracker.currentChanged.connect(() => refresh());
      } else {
        refresh = () => tracker.forEach(panel => {
          const badge = badges.get(panel);
          if (badge) {
            write(badge.node, states.get(panel) || null);
          }
        });
      }
      // Only the minutes that are left move by themselves.
      setInterval(() => refresh(), 20 * SECONDS);

      const onStatus = (panel, status) => {
        states.set(panel, status);
        refresh();
      };

      const adoptPanel = panel => {
        if (!statusBar) {
          const badge = newBadge();
          badges.set(panel, badge);
          panel.toolbar.addItem('monite-status', badge);
        }
        colourCells(panel);
        connect(panel, onStatus);
      };

      window.addEventListener('keydown', keepKeys, true);
      tracker.forEach(adoptPanel);
      tracker.widgetAdded.connect((_, panel) => adoptPanel(panel));
    }
  });

  // -- completions ------------------------------------------------------------------------------------------

  // JupyterLab sorts completions alphabetically once there is something to match, and takes a note for a type: it
  // shows it in small letters, with its first letter in a coloured box. The menu's model and look are those of the
  // provider with the highest rank, so this one ranks above JupyterLab's own and provides nothing else. If another
  // extension has a model (jupyterlab-lsp's keeps the kernel's order too), that one is used.
  const RANK = 1001;
  // The kernel writes it before a note: WORD JOINER.
  const NOTE_MARK = '\u2060';

  const makeProvider = ({ Completer, CompleterModel }, manager) => {
    class Model extends CompleterModel {
      setCompletionItems(items) {
        this.places = new Map();
        super.setCompletionItems(items.map((item, place) => {
          if (!item.type?.startsWith(NOTE_MARK)) {
            return item;
          }
          this.places.set(item.insertText ?? item.label, place);
          const withNote = given => ({ ...given, type: '', note: item.type.slice(1) });
          return { ...withNote(item), resolve: item.resolve && (async patch => withNote(await item.resolve(patch))) };
        }));
      }

      // Texts that start with what is typed, then those that contain it, then those that have its letters; each
      // in the kernel's order. Those of other providers come last.
      completionItems() {
        const items = super.completionItems();
        if (this.places?.size) {
          const bare = text => text.toLowerCase().replace(/^"/, '');
          const query = bare(this.query);
          const rank = ({ insertText, label }) => {
            const text = insertText ?? label;
            const place = this.places.get(text);
            if (place === undefined) {
              return [3, 0];
            }
            const at = bare(text).indexOf(query);
            return [at < 0 ? 2 : Math.min(at, 1), place];
          };
          const ranks = new Map(items.map(item => [item, rank(item)]));
          items.sort((a, b) => ranks.get(a)[0] - ranks.get(b)[0] || ranks.get(a)[1] - ranks.get(b)[1]);
        }
        return items;
      }
    }

    class Renderer extends Completer.Renderer {
      createCompletionItemNode(item, types) {
        const node = super.createCompletionItemNode(item, types);
        if (item.note) {
          node.title = item.note;
          const side = node.querySelector('.jp-Completer-typeExtended');
          side.textContent = item.note;
          side.style.whiteSpace = 'nowrap';
        }
        return node;
      }

      itemWidthHeuristic(item) {
        return super.itemWidthHeuristic(item) + (item.note?.length ?? 0);
      }
    }

    const ownRenderer = new Renderer();
    const other = () => [...manager.getProviders().values()].find(
      each => each.modelFactory && each.identifier !== NAME
    );
    return {
      identifier: NAME,
      rank: RANK,
      get renderer() {
        const found = other();
        return found ? found.renderer : ownRenderer;
      },
      modelFactory: async context => (await other()?.modelFactory(context)) ?? new Model(),
      isApplicable: async () => false,
      fetch: async () => ({ start: 0, end: 0, items: [] })
    };
  };

  const makeCompletionPlugin = completer => ({
    id: `${NAME}:completion`,
    description: "Completions of %monite in the kernel's order, with notes.",
    autoStart: true,
    requires: [completer.ICompletionProviderManager],
    activate: (_app, manager) => manager.registerProvider(makeProvider(completer, manager))
  });

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init: async scope => {
      shareScope = scope;
    },
    get: async () => {
      const [notebooks, lumino, bar, completer] = await Promise.all(
        ['@jupyterlab/notebook', '@lumino/widgets', '@jupyterlab/statusbar', '@jupyterlab/completer'].map(shared)
      );
      const plugins = notebooks && lumino ? [makePlugin(notebooks, lumino, bar)] : [];
      if (completer) {
        plugins.push(makeCompletionPlugin(completer));
      }
      return () => ({ __esModule: true, default: plugins });
    }
  };
})();
