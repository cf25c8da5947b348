import type { DocumentSchema } from './schemaRules.ts'

/** What `ExportSettings/@SourceType` may say [D.4]. */
const SOURCE_TYPES = [
  'AmazonS3',
  'AzureStorage',
  'Box',
  'Dropbox',
  'Egnyte',
  'FileShare',
  'GoogleCloudStorage',
  'GoogleDrive',
  'MicrosoftStream',
  'OneDrive',
  'SharePointOnline',
  'SharePointOnPremServer',
  'Other',
] as const

export const EXPORT_SETTINGS: DocumentSchema = {
  namespace: 'urn:deployment-exportsettings-schema',
  root: 'ExportSettings',
  rules: {
    ExportSettings: {
      attributes: {
        'SiteUrl!': 'anyUri',
        FileLocation: 'string',
        BaseFileName: 'string',
        IncludeSecurity: ['None', 'WssOnly', 'All'],
        IncludeVersions: ['LastMajor', 'CurrentVersion', 'LastMajorAndMinor', 'All'],
        ExportMethod: ['ExportAll', 'ExportChanges'],
        'SourceType!': SOURCE_TYPES,
        DetailedSource: 'string',
        IgnoreWebParts: 'boolean',
        ExportPublicSchema: 'boolean',
        ExportFrontEndFileStreams: 'boolean',
        ExcludeDependencies: 'boolean',
      },
      anyAttribute: true,
      children: { ExportObjects: 'ExportObjects' },
    },
    ExportObjects: { children: { DeploymentObject: 'DeploymentObject' } },
    DeploymentObject: {
      attributes: {
        'Id!': 'guid',
        'Type!': 'string',
        ParentId: 'guid',
        Url: 'string',
        ExcludeChildren: 'boolean',
        IncludeDescendants: ['None', 'All', 'Content'],
      },
    },
  },
}

export const SYSTEM_DATA: DocumentSchema = {
  namespace: 'urn:deployment-systemdata-schema',
  root: 'SystemData',
  rules: {
    SystemData: {
      children: {
        SchemaVersion: 'SchemaVersion',
        ManifestFiles: 'ManifestFiles',
        SystemObjects: 'SystemObjects',
        RootWebOnlyLists: 'RootWebOnlyLists',
      },
    },
    SchemaVersion: {
      attributes: {
        'Version!': 'string',
        'Build!': 'string',
        'DatabaseVersion!': 'string',
        'SiteVersion!': 'string',
        ObjectsProcessed: 'int',
      },
    },
    ManifestFiles: { children: { ManifestFile: 'ManifestFile' } },
    ManifestFile: { attributes: { 'Name!': 'string' } },
    SystemObjects: { children: { SystemObject: 'SystemObject' } },
    SystemObject: { attributes: { 'Id!': 'guid', 'Type!': 'string', 'Url!': 'string' } },
    RootWebOnlyLists: { children: { List: 'RootWebOnlyList' } },
    RootWebOnlyList: { attributes: { 'Id!': 'guid' } },
  },
}

/** `SystemId` is optional in the published schema; the service wants it [D.6]. */
export const USER_GROUP_MAP: DocumentSchema = {
  namespace: 'urn:deployment-usergroupmap-schema',
  root: 'UserGroupMap',
  rules: {
    UserGroupMap: { children: { Users: 'Users', Groups: 'Groups' } },
    Users: { children: { User: 'User' } },
    User: {
      attributes: {
        'Id!': 'int',
        'Name!': 'string',
        'Login!': 'string',
        Email: 'string',
        IsDomainGroup: 'boolean',
        IsSiteAdmin: 'boolean',
        SystemId: 'base64',
        IsDeleted: 'boolean',
        Flags: 'int',
      },
    },
    Groups: { children: { Group: 'Group' } },
    Group: {
      attributes: {
        'Id!': 'int',
        'Name!': 'string',
        'Owner!': 'int',
        OwnerIsUser: 'boolean',
        Description: 'string',
        OnlyAllowMembersViewMembership: 'boolean',
        AllowMembersEditMembership: 'boolean',
        RequestToJoinLeaveEmailSetting: 'string',
      },
      children: { Member: 'Member' },
    },
    Member: { attributes: { 'UserId!': 'int' } },
  },
}

function childless(namespace: string, root: string): DocumentSchema {
  return { namespace, root, rules: { [root]: {} } }
}

export const REQUIREMENTS: DocumentSchema = {
  namespace: 'urn:deployment-requirements-schema',
  root: 'Requirements',
  rules: {
    Requirements: { children: { Requirement: 'Requirement' } },
    Requirement: { attributes: { 'Type!': 'string', 'Id!': 'string', Name: 'string' } },
  },
}
export const LOOKUP_LIST_MAP = childless('urn:deployment-lookuplistmap-schema', 'LookupLists')
export const VIEW_FORMS_LIST = childless('urn:deployment-viewformlist-schema', 'ViewFormsList')

export const ROOT_OBJECT_MAP: DocumentSchema = {
  namespace: 'urn:deployment-rootobjectmap-schema',
  root: 'RootObjects',
  rules: {
    RootObjects: { children: { RootObject: 'RootObject' } },
    RootObject: {
      attributes: {
        'Id!': 'guid',
        'Type!': ['Web', 'List', 'Folder', 'ListItem', 'File', 'Site'],
        'ParentId!': 'guid',
        WebUrl: 'string',
        Url: 'string',
        IsDependency: 'boolean',
      },
    },
  },
}

export const ARCHIVED_FILES: DocumentSchema = {
  namespace: '',
  root: 'ArchivedFiles',
  rules: {
    ArchivedFiles: { children: { ArchivedFile: 'ArchivedFile' } },
    ArchivedFile: { attributes: { 'Name!': 'string', 'Checksum!': 'base64' }, children: { File: 'File' } },
    File: { attributes: { 'FileValue!': 'string' } },
  },
}
