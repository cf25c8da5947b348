import '@pnp/sp/batching.js'
import '@pnp/sp/context-info/index.js'
import '@pnp/sp/fields/index.js'
import '@pnp/sp/files/index.js'
import '@pnp/sp/folders/index.js'
import '@pnp/sp/items/index.js'
import '@pnp/sp/lists/index.js'
import '@pnp/sp/recycle-bin/index.js'
import '@pnp/sp/security/index.js'
import '@pnp/sp/site-groups/index.js'
import '@pnp/sp/site-users/index.js'
import '@pnp/sp/sites/index.js'
import '@pnp/sp/webs/index.js'
import '@pnp/graph/columns/index.js'
import '@pnp/graph/list-item/index.js'
import '@pnp/graph/lists/index.js'
import '@pnp/graph/sites/index.js'
import type { IColumns } from '@pnp/graph/columns/index.js'
import type { IListItems } from '@pnp/graph/list-item/index.js'
import type { ILists as IGraphLists } from '@pnp/graph/lists/index.js'
import type { SPFI } from '@pnp/sp'
import type { IFields } from '@pnp/sp/fields/index.js'
import type { IFile, IFiles } from '@pnp/sp/files/index.js'
import type { IFolder, IFolders } from '@pnp/sp/folders/index.js'
import type { IItems } from '@pnp/sp/items/index.js'
import type { ILists } from '@pnp/sp/lists/index.js'
import type { IRecycleBin } from '@pnp/sp/recycle-bin/index.js'
import type { IRoleDefinitions } from '@pnp/sp/security/index.js'
import type { ISecurableMethods } from '@pnp/sp/security/types.js'
import type { ISiteGroups } from '@pnp/sp/site-groups/index.js'
import type { ISiteUser, ISiteUserInfo, ISiteUsers } from '@pnp/sp/site-users/index.js'
import type { ISite } from '@pnp/sp/sites/index.js'
import type { IWeb } from '@pnp/sp/webs/index.js'

/**
 * The modules of PnPjs that the conformance tests load. Its declarations extend each other under paths without extension, which
 * TypeScript's NodeNext resolution does not follow; the ones in use are stated again here.
 */
declare module '@pnp/sp/fi.js' {
  interface SPFI {
    readonly web: IWeb
    readonly site: ISite
    batched(): [SPFI, () => Promise<void>]
  }
}

declare module '@pnp/sp/webs/types.js' {
  interface _Web {
    readonly lists: ILists
    readonly folders: IFolders
    readonly siteUsers: ISiteUsers
    readonly siteGroups: ISiteGroups
    readonly currentUser: ISiteUser
    readonly roleDefinitions: IRoleDefinitions
    readonly recycleBin: IRecycleBin
    ensureUser(loginName: string): Promise<ISiteUserInfo>
    getUserById(id: number): ISiteUser
    getFolderByServerRelativePath(path: string): IFolder
    getFileByServerRelativePath(path: string): IFile
  }
}

declare module '@pnp/sp/lists/types.js' {
  interface _List extends ISecurableMethods {
    readonly items: IItems
    readonly fields: IFields
  }
}

declare module '@pnp/sp/items/types.js' {
  interface _Item extends ISecurableMethods {}
}

declare module '@pnp/sp/folders/types.js' {
  interface _Folder {
    readonly files: IFiles
  }
}

declare module '@pnp/graph/sites/types.js' {
  interface _Site {
    readonly lists: IGraphLists
  }
}

declare module '@pnp/graph/lists/types.js' {
  interface _List {
    readonly items: IListItems
    readonly columns: IColumns
  }
}

declare module '@pnp/graph/columns/types.js' {
  interface _Columns {
    add(column: object): Promise<{ readonly id: string }>
  }
}

export type { SPFI }
