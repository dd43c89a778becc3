"""The control room's Streamlit parts."""
