/// The icons that GUI widgets can have by name, read from the packages in a folder of modules: a line for each.
export function iconNames(modules: string): { readonly fa: string; readonly mi: string };
