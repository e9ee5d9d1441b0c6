// Tells the kernel which notebook this page shows. JupyterLab's widget manager knows; others may not.
export default {
  initialize({ model }) {
    const { context, kernel } = model.widget_manager ?? {};
    if (!context?.path || !kernel?.clientId) return;
    const say = () => model.send({ session: kernel.clientId, notebook: context.path });
    context.pathChanged?.connect(say);
    say();
    return () => context.pathChanged?.disconnect(say);
  },
};
