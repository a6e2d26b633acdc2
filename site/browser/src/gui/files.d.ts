/// Files that the page's script holds as text.
declare module "*.py" {
  const text: string;
  export default text;
}
declare module "*.html" {
  const text: string;
  export default text;
}
