// Runs site_compile.py in Pyodide under node: node site_compile.cjs PYODIDE SITE_COMPILE BOX
const [pyodide, source, box] = process.argv.slice(2);
const { loadPyodide } = require(`${pyodide}/pyodide.js`);

(async () => {
  const python = await loadPyodide({ indexURL: `${pyodide}/` });
  for (const [place, root] of [["/box", box], ["/tools", require("path").dirname(source)]]) {
    python.FS.mkdir(place);
    python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
  }
  python.runPython(`
import sys, zipfile
sys.path.insert(0, "/tools")
sys.dont_write_bytecode = True
from site_compile import compiled
with zipfile.ZipFile("/box/in.zip") as archive:
    made = compiled({name: archive.read(name) for name in archive.namelist()})
with zipfile.ZipFile("/box/out.zip", "w") as archive:
    for name, data in made.items():
        archive.writestr(name, data)
`);
})();
