// We stand at the root of our address: without this, Streamlit asks for itself below each page first, and logs the 404s.
window.__streamlit = { BACKEND_BASE_URL: `${location.origin}/` };
