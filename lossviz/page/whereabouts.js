// What a page with a block of ours needs once: its keys, and to tell the kernel its notebook.

// An arrow key moves the control that has the focus, not the notebook's cursor: JupyterLab 4.4 goes
// from heading to heading with it, whatever has the focus. All other keys stay the notebook's.
function keepKeys({ key, target }) {
  if (!target.closest?.(".lossviz-block")) return;
  target.toggleAttribute("data-lm-suppress-shortcuts", /^(Arrow|Page|Home$|End$)/.test(key));
}

export default {
  initialize({ model }) {
    window.addEventListener("keydown", keepKeys, true); // JupyterLab listens on the document
    // JupyterLab's widget manager knows the notebook; others may not.
    const { context, kernel } = model.widget_manager ?? {};
    const say = () => model.send({ session: kernel.clientId, notebook: context.path });
    const known = context?.path && kernel?.clientId;
    if (known) {
      context.pathChanged?.connect(say);
      say();
    }
    return () => {
      window.removeEventListener("keydown", keepKeys, true);
      if (known) context.pathChanged?.disconnect(say);
    };
  },
};
