/// A name as code has it, which may go on in another line where its words do.
export function breakable(name: string) {
  return name.split(/(?<=[a-z])(?=[A-Z])|(?<=_)/).flatMap((word, at) => (at === 0 ? [word] : [<wbr key={at} />, word]));
}
