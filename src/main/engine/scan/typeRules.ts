import type { ItemIssue } from '../../../shared/domain/item.ts'

/** Refused with 403 where custom script is off, which includes OneDrive by default. [custom-script] */
const SCRIPT_EXTENSIONS: ReadonlySet<string> = new Set(['asmx', 'ascx', 'aspx', 'htc', 'jar', 'master', 'swf', 'xap', 'xsf'])

/** The last extension of a name, lower case, without dot; '' when there is none. A leading dot alone (`.gitignore`) starts no extension. */
export function lastExtension(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase()
}

/** What the type of a file says about its journey; undefined when it may travel. Folders are never typed. */
export function findTypeIssue(
  name: string,
  options: { readonly isFolder: boolean; readonly blocksScriptTypes: boolean },
): ItemIssue | undefined {
  if (options.isFolder || !options.blocksScriptTypes) return undefined
  const extension = lastExtension(name)
  if (!SCRIPT_EXTENSIONS.has(extension)) return undefined
  return {
    code: 'RULE_TYPE_BLOCKED',
    effect: 'blocks',
    detail: `Files of type .${extension} are refused here because custom script is off.`,
  }
}
