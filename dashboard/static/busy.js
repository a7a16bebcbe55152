// The ring in the header turns while this page waits for an answer of the server, and a line says
// when there will be none. Panel's own ring turns on the pages of all viewers while the server works
// for any, at the cost of two messages to each for every cut.
{
  const PATIENCE_MS = 150;
  const waiting = new Set();
  const header = (data) =>
    typeof data === "string" && data.length < 500 && data.includes('"msgtype"') ? JSON.parse(data) : {};
  const show = () => document.getElementById("busy")?.classList.toggle("on", waiting.size > 0);
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...places) {
      super(...places);
      this.addEventListener("message", ({ data }) => {
        if (waiting.delete(header(data).reqid)) show();
      });
      this.addEventListener("close", () => {
        waiting.clear();
        show();
        document.getElementById("lost").hidden = false;
      });
    }
    send(data) {
      const { msgid } = header(data);
      if (msgid) {
        waiting.add(msgid);
        setTimeout(show, PATIENCE_MS);
      }
      super.send(data);
    }
  };
}
