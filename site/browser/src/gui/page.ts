/// The page of a GUI widget: paints the start form, then starts an engine.
export {};
