import type { DocumentSchema, ElementRule } from './schemaRules.ts'

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

const OBJECT_TYPES = [
  'SPList',
  'SPDocumentLibrary',
  'SPListItem',
  'SPFolder',
  'SPFile',
  'SPContentType',
  'SPDocumentTemplate',
  'DeploymentUserX',
  'DeploymentGroupX',
  'DeploymentRoles',
  'DeploymentRoleX',
  'DeploymentRoleAssignments',
  'DeploymentRoleAssignmentX',
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

const MODERATION = ['Approved', 'Denied', 'Pending', 'Draft', 'Scheduled'] as const

/** Members that a file has in each of its versions. */
const FILE: ElementRule = {
  attributes: {
    'Url!': 'string',
    'Id!': 'guid',
    'ParentWebId!': 'guid',
    ParentWebUrl: 'string',
    'Name!': 'string',
    ListItemIntId: 'int',
    ListId: 'guid',
    'ParentId!': 'guid',
    'TimeCreated!': 'dateTime',
    'TimeLastModified!': 'dateTime',
    Version: 'string',
    IsGhosted: 'boolean',
    SetupPath: 'string',
    SetupPathUser: 'string',
    SetupPathVersion: 'int',
    FileValue: 'string',
    FileSize: 'long',
    Author: 'int',
    ModifiedBy: 'int',
    FailureMessage: 'string',
    WebPartOrder: 'int',
    InDocumentLibrary: 'boolean',
    CheckinComment: 'string',
    MD5Hash: 'base64',
    Checksum: 'base64',
    InitializationVector: 'base64',
  },
  anyAttribute: true,
  children: {
    Properties: 'Properties',
    Versions: 'FileVersions',
    WebParts: 'Nothing',
    Links: 'Nothing',
    EventReceivers: 'EventReceivers',
  },
}

const LIST: ElementRule = {
  attributes: {
    'Id!': 'guid',
    'Title!': 'string',
    RootFolderId: 'guid',
    'RootFolderUrl!': 'string',
    'ParentWebId!': 'guid',
    ParentWebUrl: 'string',
    BaseType: 'string',
    'BaseTemplate!': 'string',
    TemplateFeatureId: 'guid',
    Description: 'string',
    Direction: 'string',
    EnableModeration: 'boolean',
    EnableVersioning: 'boolean',
    EnableMinorVersions: 'boolean',
    EnableFolderCreation: 'boolean',
    ForceCheckout: 'boolean',
    MajorVersionLimit: 'int',
    MajorWithMinorVersionsLimit: 'int',
    Created: 'dateTime',
    Author: 'int',
    Version: 'string',
    DocTemplateUrl: 'string',
  },
}

/** The part of the manifest's schema that a migration of files uses [D.4, D.5]. */
export const MANIFEST: DocumentSchema = {
  namespace: 'urn:deployment-manifest-schema',
  root: 'SPObjects',
  rules: {
    SPObjects: { children: { SPObject: 'SPObject' } },
    SPObject: {
      attributes: {
        'Id!': 'guid',
        'ObjectType!': OBJECT_TYPES,
        ParentId: 'guid',
        Name: 'string',
        ParentWebId: 'guid',
        ParentWebUrl: 'string',
        ContentTypeId: 'string',
        Url: 'string',
        IsDeleted: 'boolean',
        IsSiteRename: 'boolean',
      },
      children: {
        List: 'List',
        DocumentLibrary: 'List',
        ListItem: 'ListItem',
        Folder: 'Folder',
        File: 'File',
        ContentType: 'ContentType',
        UserX: 'Anything',
        GroupX: 'Anything',
        Roles: 'Roles',
        RoleX: 'Anything',
        RoleAssignments: 'RoleAssignments',
        RoleAssignmentX: 'Anything',
      },
    },
    List: LIST,
    Folder: {
      attributes: {
        'Id!': 'guid',
        'Url!': 'string',
        'Name!': 'string',
        ParentFolderId: 'guid',
        'ParentWebId!': 'guid',
        ParentWebUrl: 'string',
        ContainingDocumentLibrary: 'guid',
        TimeCreated: 'dateTime',
        TimeLastModified: 'dateTime',
        SortBehavior: 'int',
        ListItemIntId: 'int',
        Author: 'int',
        ModifiedBy: 'int',
        ProgId: 'string',
        WelcomePageUrl: 'string',
        WelcomePageParameters: 'string',
      },
      children: { Properties: 'Properties' },
    },
    File: FILE,
    FileVersions: { children: { File: 'File' } },
    ListItem: {
      attributes: {
        FileUrl: 'string',
        DocType: ['File', 'Folder', 'StructuredFolder'],
        ParentFolderId: 'guid',
        Order: 'float',
        'Id!': 'guid',
        'ParentWebId!': 'guid',
        ParentWebUrl: 'string',
        'ParentListId!': 'guid',
        Name: 'string',
        DirName: 'string',
        'IntId!': 'int',
        DocId: 'guid',
        'Version!': 'string',
        ContentTypeId: 'string',
        Author: 'int',
        ModifiedBy: 'int',
        'TimeCreated!': 'dateTime',
        'TimeLastModified!': 'dateTime',
        ModerationStatus: MODERATION,
        ModerationComment: 'string',
        UserLoginName: 'string',
        FailureMessage: 'string',
      },
      anyAttribute: true,
      children: {
        Fields: 'Fields',
        Versions: 'ItemVersions',
        Attachments: 'Attachments',
        Links: 'Nothing',
        EventReceivers: 'EventReceivers',
        SharedWithEvents: 'SharedWithEvents',
      },
    },
    ItemVersions: { children: { ListItem: 'ListItem' } },
    Fields: { children: { Field: 'Field' } },
    Field: {
      attributes: { Name: 'string', Value: 'string', Value2: 'string', FieldId: 'guid', Type: 'string', Access: 'string' },
      anyAttribute: true,
      hasText: true,
    },
    Properties: { children: { Property: 'Property' } },
    Property: { attributes: { 'Name!': 'string', Value: 'string', Value2: 'string', 'Type!': 'string', 'Access!': 'string' } },
    Attachments: { children: { Attachment: 'Attachment' } },
    Attachment: { attributes: { 'Id!': 'guid', 'Name!': 'string', 'FileValue!': 'string', FileSize: 'long' } },
    EventReceivers: { children: { EventReceiver: 'EventReceiver' } },
    EventReceiver: {
      attributes: { 'Id!': 'guid', 'Name!': 'string', 'WebId!': 'guid', 'HostId!': 'guid', 'HostType!': 'int', 'Type!': 'int' },
    },
    SharedWithEvents: { children: { SharedWithEvent: 'SharedWithEvent' } },
    SharedWithEvent: {
      attributes: { 'SharedTime!': 'dateTime', SharingInitiatorId: 'int', 'SharedById!': 'int' },
      children: { SharedWithMembers: 'SharedWithMembers' },
    },
    SharedWithMembers: { children: { SharedWithMember: 'SharedWithMember' } },
    SharedWithMember: { attributes: { 'SharedWithId!': 'int' } },
    ContentType: { anyAttribute: true },
    Roles: { children: { Role: 'Role' } },
    Role: {
      attributes: {
        'RoleId!': 'int',
        'Title!': 'string',
        Description: 'string',
        'PermMask!': 'string',
        Hidden: 'boolean',
        RoleOrder: 'int',
        Type: 'int',
      },
    },
    RoleAssignments: { children: { RoleAssignment: 'RoleAssignment' } },
    RoleAssignment: {
      attributes: {
        'ScopeId!': 'guid',
        'RoleDefWebId!': 'guid',
        RoleDefWebUrl: 'string',
        'ObjectId!': 'guid',
        'ObjectType!': 'int',
        'ObjectUrl!': 'string',
        AnonymousPermMask: 'string',
      },
      children: { Assignment: 'Assignment' },
    },
    Assignment: { attributes: { 'RoleId!': 'int', 'PrincipalId!': 'int' } },
    Anything: { anyAttribute: true },
    Nothing: {},
  },
}

/** Child element that each object type has to carry. */
export const CONTENT_OF: Readonly<Record<string, string>> = {
  SPList: 'List',
  SPDocumentLibrary: 'DocumentLibrary',
  SPListItem: 'ListItem',
  SPFolder: 'Folder',
  SPFile: 'File',
  SPContentType: 'ContentType',
  DeploymentUserX: 'UserX',
  DeploymentGroupX: 'GroupX',
  DeploymentRoles: 'Roles',
  DeploymentRoleX: 'RoleX',
  DeploymentRoleAssignments: 'RoleAssignments',
  DeploymentRoleAssignmentX: 'RoleAssignmentX',
}
