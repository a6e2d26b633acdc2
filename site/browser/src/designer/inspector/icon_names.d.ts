/// Made by build.mjs of the packages that draw icons: a line for each, its name and words to find it by.
declare module "icon-names" {
  export const fa: string;
  export const mi: string;
}
