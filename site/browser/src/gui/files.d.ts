/// Python that is part of the page's script, as text.
declare module "*.py" {
  const text: string;
  export default text;
}
