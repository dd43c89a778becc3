// Whoever begins to search is looking at something: what the map shows then goes along, and never while it is only moved.
const SEARCH = "[class*='st-key-send-search-'] input";
let tell = () => {};
let told = "";

function look({ target }) {
  const { mapView } = document.documentElement.dataset;
  if (!mapView || mapView === told || !target.matches?.(SEARCH)) return;
  told = mapView;
  tell(mapView.split(",").map(Number));
}

export default ({ setStateValue }) => {
  tell = (box) => setStateValue("box", box);
  told = "";
  for (const event of ["focusin", "input"]) document.addEventListener(event, look, true);
  return () => {
    for (const event of ["focusin", "input"]) document.removeEventListener(event, look, true);
  };
};
