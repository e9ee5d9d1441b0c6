// The style sheet goes into the page's head, not into the output: JupyterLab takes cells that are
// out of sight off the page, and the sheet must not go with them.
const ID = "lossviz-presenting";

export default {
  initialize({ model }) {
    document.getElementById(ID)?.remove();
    if (!model.get("on")) return;
    const sheet = document.createElement("style");
    sheet.id = ID;
    sheet.textContent = model.get("sheet");
    document.head.append(sheet);
    return () => sheet.remove();
  },
  render({ model, el }) {
    const note = el.appendChild(document.createElement("p"));
    note.className = "lossviz-presenting-note";
    note.textContent = model.get("text");
    note.setAttribute("role", "status");
  },
};
