/// Where values and components stand in the text of a RichText: `{name}` or `{name:format}`.
export const TEXT_SLOT = /\{([A-Za-z_]\w*)(:[^{}]*)?\}/g;
