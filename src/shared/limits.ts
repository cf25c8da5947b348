/**
 * Every number that the client obeys: limits of the service, and numbers of our own. One home each; nothing else spells them.
 * Form of each entry: what it is, then Hard (the service refuses) | Advised | Observed (reported, not documented) | Ours, then the effect
 * above it, then the source tag. docs/limits.md is generated from this file.
 */
import { DAY_MS, GIB, HOUR_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from './units.ts'

// ## Names and paths

/** UTF-16 units of a decoded path from the host's root, site and library included. Hard: the item is refused and no retry helps. [names] */
export const PATH_MAX_UTF16 = 400
/** UTF-16 units of one file or folder name. Hard: the item is refused. [names] */
export const SEGMENT_MAX_UTF16 = 255
/** UTF-16 units of a source path that Windows can open at all. Hard: the entry cannot be read. [mm-faqs] */
export const SOURCE_PATH_MAX_UTF16 = 32_767
/** Suffix numbers tried for names that collide, before the item is given up. Ours: a folder with more twins is a defect of the source. [ours] */
export const COLLISION_SUFFIX_MAX = 9_999

// ## Sizes

/** Bytes of one file. Hard: larger files cannot be stored. [mm-file-size] */
export const FILE_MAX_BYTES = 250 * GIB

// ## Times

/** First moment that file times may have (1980-01-01T00:00:00Z). Ours: earlier times are clamped, the service's own bound is unpublished. [times] */
export const FILE_TIME_MIN_MS = 315_532_800_000
/** Precision of stored file times. Hard: smaller differences do not exist at the destination. [rclone] */
export const STORED_TIME_PRECISION_MS = SECOND_MS

// ## Upload

/** Every fragment but the last is a multiple of this. Hard: the commit fails. [graph-upload-session] */
export const FRAGMENT_MULTIPLE_BYTES = 320 * KIB
/** Bytes of one fragment stay below this. Hard: the fragment is refused. [graph-upload-session] */
export const FRAGMENT_LIMIT_BYTES = 60 * MIB
/** Bytes of a fragment that we send. Ours: the upper end of the advised 5-10 MiB, a multiple of the fragment unit. [graph-upload-session] */
export const FRAGMENT_BYTES = 10 * MIB
/** A fragment that takes longer ends in 504. Observed: send smaller fragments. [rclone] */
export const FRAGMENT_TIME_MAX_MS = 3 * MINUTE_MS
/** An idle session is forgotten after this; it slides forward with each fragment. Observed. [onedrive-api-docs] */
export const SESSION_IDLE_MS = 15 * MINUTE_MS
/** Wait before asking again for a session that the service does not know yet. Observed: replication right after creation. [rclone] */
export const SESSION_NOT_FOUND_WAIT_MS = 5 * SECOND_MS
/** Times that a session which is not known yet is asked for before the file starts again. Observed. [rclone] */
export const SESSION_NOT_FOUND_ATTEMPTS_MAX = 10

// ## Incremental rounds

/** New files of a round that may be read to find out whether they are moved ones, where file ids do not tell. Ours: the rest is sent as new. [ours] */
export const SIZE_TWINS_MAX = 100_000

// ## Requests

/** Requests of one $batch. Hard: the batch is refused. [graph-batch] */
export const BATCH_REQUESTS_MAX = 20
/** Items asked for per page of a listing. Observed: larger pages are cut. [rclone] */
export const CHILDREN_PAGE_ITEMS = 1_000
/** An access token is renewed this long before it ends. Advised. [msal] */
export const TOKEN_RENEWAL_MARGIN_MS = 5 * MINUTE_MS

// ## Bulk route

/** New files of a task from which the bulk route pays. Ours: below it containers, job and polls take longer than the files themselves. [ours] */
export const BULK_FILES_MIN = 300
/** Objects of one package. Advised: larger packages import slower and fail together. [mig-speed] */
export const PACKAGE_ITEMS_MAX = 250
/** Objects below which packages do not shrink, however badly imports go. Ours. [ours] */
export const PACKAGE_ITEMS_MIN = 50
/** Bytes of one package; a larger file travels in a package of its own. Advised: 100 to 250 MB. [mig-speed] */
export const PACKAGE_BYTES_MAX = 250_000_000
/** Bytes below which packages do not shrink. Advised: 100 to 250 MB. [mig-speed] */
export const PACKAGE_BYTES_MIN = 100_000_000
/** Import jobs of one task that are on their way at the same time. Observed: two run, tools cap at 4-5. [smart-copy] */
export const IMPORT_JOBS_MAX = 5
/** Errors in one job at which the service ends it and leaves the rest of its files out. Observed. [smart-copy] */
export const JOB_ERRORS_MAX = 100
/** A provided container can be written and submitted for this long. Hard: the package must be made again. [mm-faqs] */
export const CONTAINER_LIFE_MS = 3 * DAY_MS
/** A container is given up this long before its end. Ours. [ours] */
export const CONTAINER_MARGIN_MS = HOUR_MS
/** First wait for the progress of a job. Ours: small jobs, and all of a practice tenant, end within seconds; the wait grows from here. [ours] */
export const JOB_POLL_FIRST_MS = 2 * SECOND_MS
/** Longest wait between two looks at one job. Advised: once a minute. [mig-progress] */
export const JOB_POLL_MAX_MS = MINUTE_MS
/** Looks in a row at which a job is unknown before it counts as vanished. Observed: the same answer comes under load. [smart-copy] */
export const JOB_UNKNOWN_LOOKS_MAX = 4
/** A submission without an answer is watched for at the destination this long before its files go another way. Ours. [ours] */
export const SUBMISSION_WATCH_MS = 5 * MINUTE_MS
/** Imported files may stay invisible to Graph this long before their absence is believed. Observed: SharePoint itself tells at once. [smart-copy] */
export const IMPORT_LAG_MAX_MS = 5 * MINUTE_MS
/** Archives of small files in one package. Hard: the job ends. [mig-content] */
export const ARCHIVES_MAX = 2
/** Bytes of one archive. Hard: the job ends. [mig-content] */
export const ARCHIVE_BYTES_MAX = 10_000_000
/** Bytes that a file in an archive stays below, encrypted. Hard: the job ends. [mig-content] */
export const ARCHIVE_MEMBER_LIMIT_BYTES = 100_000
/** Small files of a package from which an archive pays. Ours: it costs a blob and a document of its own. [ours] */
export const ARCHIVE_MEMBERS_MIN = 8
/** Files up to this size are encrypted in memory and stored by one request. Ours: the hard limit is 256 MiB. [ours] */
export const BLOB_SINGLE_PUT_MAX_BYTES = 4 * MIB
/** Blocks of one blob. Hard: the list of blocks is refused. [azure-blocks] */
export const BLOB_BLOCKS_MAX = 50_000
/** Bytes of one block of a larger blob, more where the blob would need too many. Ours: larger ones are no faster and cost memory; the hard limit is 100 MiB. [ours] */
export const BLOB_BLOCK_BYTES = 4 * MIB
/** Files above this need a QuickXorHash in the manifest. Hard. [mig-over23] */
export const CHECKSUM_NEEDED_ABOVE_BYTES = 15 * GIB

// ## Throttling

/** Resource units of a listing, and of each create, update, delete and upload. Advised: the published price. [throttle] */
export const WRITE_RU = 2
/** Share of the minute budget from which RateLimit headers are sent and obeyed. Advised. [throttle] */
export const RATE_LIMIT_STEERING_SHARE = 0.8
/** First wait after a throttle that names no time. Advised. [throttle] */
export const THROTTLE_BASE_WAIT_MS = 10 * SECOND_MS
/** Longest wait that we choose ourselves after a throttle that names no time; a named time is never shortened. Observed: the service asks for up to 300 s. [throttle] */
export const THROTTLE_WAIT_MAX_MS = 300 * SECOND_MS
/** Attempts of one call that keeps being throttled. Ours: some refusals are permanent and must reach a person. [throttle] */
export const THROTTLE_ATTEMPTS_MAX = 20
/** First wait after a fault that passes by itself. Ours. [ours] */
export const RETRY_BASE_WAIT_MS = SECOND_MS
/** Longest wait after a fault that passes by itself. Ours. [ours] */
export const RETRY_WAIT_MAX_MS = MINUTE_MS
/** Attempts of one call that keeps failing. Advised: at least five retries. [throttle] */
export const RETRY_ATTEMPTS_MAX = 6
/** Attempts of one call when nobody answers: agents wait as a whole, people want to hear of it. Ours. [ours] */
export const UNREACHABLE_ATTEMPTS_MAX = 3
/** Clean time after which one more request may be in flight. Observed. [smart-copy] */
export const CONCURRENCY_RAISE_AFTER_MS = 45 * SECOND_MS
/** Signs of load within this time count as one. Ours: many answers of one incident arrive together. [ours] */
export const LOAD_INCIDENT_MS = SECOND_MS
/** Requests in flight to one host at the start. Ours. [ours] */
export const HOST_CONCURRENCY_INITIAL = 8
/** Requests in flight to one host at most. Ours: more gains nothing at 30 ms of latency. [performance] */
export const HOST_CONCURRENCY_MAX = 64
/** Largest random addition to a pause, so that agents do not resume together. Ours. [ours] */
export const RESUME_JITTER_MAX_MS = 2 * SECOND_MS
/** Longest single sleep of a wait; the clock is asked again after it. Ours: timers of the platform overflow at 24.8 days. [ours] */
export const SLEEP_SLICE_MAX_MS = HOUR_MS
/** Longest Retry-After that is believed to be meant. Ours: above it the header is garbage and the usual back-off applies. [ours] */
export const RETRY_AFTER_BELIEVED_MAX_MS = 366 * DAY_MS

/** Resource units a minute that no agent's share of the fleet's budget falls below: heartbeat, looks, and a little work. Ours. [ours] */
export const BUDGET_FLOOR_UNITS = 20
/** Share of the budget a minute that the agents of a fleet divide among them. Ours: the rest is for people's own commands and screens. [ours] */
export const BUDGET_USED_SHARE = 0.95
/** After a refusal, and after an agent has begun to work, shares rise from half to whole within this. Ours: by then all have heard of it. [ours] */
export const BUDGET_RAMP_MS = 2 * MINUTE_MS
/** Time between two looks of an agent at its share. Ours. [ours] */
export const BUDGET_LOOK_MS = 5 * SECOND_MS
/** What an agent has not spent of its share can be made up for within so long. Ours: requests come in bursts. [ours] */
export const BUDGET_BURST_MS = 5 * SECOND_MS
/** Bytes that the app may send into one tenant in an hour. Hard: it is throttled. [throttle] */
export const APP_TRAFFIC_BYTES_PER_HOUR = 400_000_000_000

// ## Coordination

/** Rows of a task's identity map. Ours: the map travels in the task's row of the shared list. [lists] */
export const IDENTITY_MAP_ROWS_MAX = 1000
/** UTF-16 units of a multi-line text column that round-trips. Observed. [lists] */
export const LIST_NOTE_ADVISED_MAX_UTF16 = 63_000
/** Rows that one clause of a query may select, with room to spare. Hard: beyond 5,000 the list view threshold refuses, and no retry helps. [lists] */
export const LIST_PART_ROWS_MAX = 4_000
/** Time between two heartbeats of an agent. Ours: each costs 2 RU of the fleet's budget. [lists] */
export const HEARTBEAT_MS = MINUTE_MS
/** Resource units a minute that the heartbeats of all agents may cost together; large fleets speak less often. Ours: a twelfth of the smallest budget. [throttle] */
export const FLEET_BEATS_RU_PER_MINUTE = 100
/** Resource units a minute for all looks of all agents at who else is there. Ours. [ours] */
export const FLEET_ROSTER_RU_PER_MINUTE = 40
/** Resource units a minute for all looks of agents at what people ask of their own tasks. Ours. [ours] */
export const FLEET_WATCH_RU_PER_MINUTE = 24
/** Resource units a minute for the progress that agents write into the rows of their tasks. Ours. [ours] */
export const FLEET_PROGRESS_RU_PER_MINUTE = 20
/** Resource units a minute for all looks of agents that have nothing to do. Ours. [ours] */
export const FLEET_IDLE_RU_PER_MINUTE = 40
/** Shortest time between two looks of one agent at its own tasks. Ours: a pause is heard within a quarter of a minute in fleets of up to three. [ours] */
export const OWN_WATCH_MS = 15 * SECOND_MS
/** Tasks and parts that one agent works on at the same time at most. Ours: beyond, they only share its line and memory. [ours] */
export const AGENT_PLACES_MAX = 16
/** How long files in flight may take to end after a pause was asked; then they are left where they are, resumable to the byte. Ours. [ours] */
export const PAUSE_PATIENCE_MS = 15 * SECOND_MS
/** Files of a folder from which it may become a part of its own. Ours: a part costs a scan and two listings, some ten seconds of one agent. [ours] */
export const SHARD_FILES_MIN = 400
/** Bytes of a folder with fewer files from which it may become a part of its own. Ours: minutes of one agent's line. [ours] */
export const SHARD_BYTES_MIN = 2 * GIB
/** Parts of one task at most. Ours: their rows are read together when one of them ends. [ours] */
export const SHARDS_MAX = 200
/** Time between two looks of an idle agent for parts of tasks; large fleets look less often. Ours: a task is cut a moment after it is seen that others are idle. [ours] */
export const SHARD_POLL_MS = 6 * SECOND_MS
/** Time between two looks of an agent whether others have become idle that could help with its task. Ours. [ours] */
export const SHARD_OFFER_MS = MINUTE_MS
/** Resource units a minute for all such looks of all agents. Ours. [ours] */
export const FLEET_SHARD_RU_PER_MINUTE = 60
/** A lease is given up by its holder this long before others may take it: the longest that a request on its way can still take effect. Ours. [ours] */
export const LEASE_MARGIN_MS = 2 * MINUTE_MS
/** Waiting tasks that one look asks for, at least and at most: enough that agents that look at once do not all want the same. Ours. [ours] */
export const CANDIDATES_MIN = 30
/** See CANDIDATES_MIN. Ours. [ours] */
export const CANDIDATES_MAX = 200
/** Age up to which seen candidates are still tried: the claim itself is conditional. Ours. [ours] */
export const CANDIDATES_BELIEVED_MS = MINUTE_MS
/** Claims in a row that may fail before an agent looks anew. Ours: each costs 2 RU. [ours] */
export const CLAIM_ATTEMPTS_MAX = 4
/** Longest wait that an agent heeds because another one was told it. Observed: the service asks for up to 300 s. [throttle] */
export const SHARED_PAUSE_MAX_MS = 10 * MINUTE_MS
/** Rows of an agent that is gone are looked for again this long, for writes that were on their way. Ours. [ours] */
export const RELEASE_WATCH_MS = HOUR_MS
/** Time between two looks of an idle agent into the task list. Ours: each costs 2 RU of the fleet's budget. [lists] */
export const AGENT_POLL_MS = 30 * SECOND_MS
/** A silent agent loses its tasks after this, by the server's clock. Ours: three heartbeats and the longest Retry-After seen. [lists] */
export const LEASE_MS = 8 * MINUTE_MS
/** Longest time between two copies of the journal of a round that goes on. Ours: another agent that takes over repeats at most that much. [ours] */
export const CHECKPOINT_EVERY_MS = 3 * MINUTE_MS
/** A copy is made so soon after a stage has ended; short rounds end with one copy. Ours. [ours] */
export const CHECKPOINT_STAGE_MS = 20 * SECOND_MS
/** A copy is made so soon after the upload of a large file has begun: only then can another agent go on with it. Ours. [ours] */
export const CHECKPOINT_SESSION_MS = 5 * SECOND_MS
/** Share of the time that copying a journal may take; large journals are copied less often. Ours. [ours] */
export const CHECKPOINT_TIME_SHARE = 0.04
/** Resource units of one copy: storing the new one, removing the former. Ours: estimate from the published prices. [throttle] */
export const CHECKPOINT_RU = 5
/** Resource units a minute for the copies of all journals of all agents. Ours. [ours] */
export const FLEET_CHECKPOINT_RU_PER_MINUTE = 60
/** How long the last copy of a round that was stopped may take. Ours: whoever stops an agent waits for it. [ours] */
export const CHECKPOINT_STOP_PATIENCE_MS = 10 * SECOND_MS
/** Files up to this size go into the library of the project by one request. Ours: the hard limit is 250 MB. [graph-upload-session] */
export const PROJECT_FILE_PUT_MAX_BYTES = 4 * MIB
/** How long an agent that is about to end waits before it looks at the task list once more. Ours: a query may miss the writes of the last seconds. [lists] */
export const LIST_LAG_ADVISED_MS = 3 * SECOND_MS
/** First wait of an agent whose service cannot be reached. Ours. [ours] */
export const OUTAGE_FIRST_WAIT_MS = 5 * SECOND_MS
/** Longest wait of such an agent before it tries again; it never stops trying. Ours. [ours] */
export const OUTAGE_WAIT_MAX_MS = MINUTE_MS
/** How long a run that is to end (`--once`) waits in all for a service that went away. Ours. [ours] */
export const OUTAGE_PATIENCE_ONCE_MS = MINUTE_MS

// ## Schedule

/** A moment of a schedule is missed when no agent could begin within this. Ours: agents look every half minute, and all may be busy for a while. [ours] */
export const RUN_MISSED_AFTER_MS = HOUR_MS

// ## Proof

/** Largest file that is downloaded to compare its content. Ours: above it the receipt stays unverifiable. [ours] */
export const CONTENT_COMPARISON_MAX_BYTES = 100 * MIB

// ## Progress

/** Window over which rates are measured. Ours. [ours] */
export const RATE_WINDOW_MS = MINUTE_MS
/** Time between two samples of the rate window. Ours. [ours] */
export const RATE_SAMPLE_MS = SECOND_MS
/** Time that must have been measured before an end is foretold. Ours. [ours] */
export const RATE_MEASURED_MIN_MS = 5 * SECOND_MS
/** Bytes that a file weighs in the fraction done, besides its content. Ours: requests cost time too. [performance] */
export const FILE_OVERHEAD_BYTES = 64 * KIB

// ## Permissions

/** Resource units of one call about permissions. Advised: the published price. [throttle] */
export const PERMISSION_RU = 5
/** Items of one library with permissions of their own. Advised: above it the library becomes slow. [mig-perm] */
export const UNIQUE_SCOPES_ADVISED = 5_000
/** The same. Hard: further ones are refused. [mig-perm] */
export const UNIQUE_SCOPES_MAX = 50_000
/** Items below a folder that may still get permissions of its own. Hard: above it the call is throttled for ever. [mig-perm] */
export const SCOPE_CHILDREN_MAX = 100_000
/** Alternatives of one question to the directory. Hard: without advanced queries a longer question is refused. [graph-filter] */
export const DIRECTORY_ALTERNATIVES_MAX = 15
/** Members of a group that are looked at, groups in groups opened up. Ours: a refusal to a larger group cuts whoever may belong to it. [ours] */
export const GROUP_MEMBERS_MAX = 20_000
/** People of opened groups that one row of the access matrix lists. Ours: the groups themselves are listed always. [ours] */
export const ACCESS_MATRIX_PEOPLE_MAX = 200
/** Direct members of a group that get its grant instead of it, because something is refused to others of them. Ours: each costs a call per item; above it the group is cut as a whole. [ours] */
export const GROUP_SPLIT_MAX = 100

// ## Cutover

/** Tasks of one wave. Ours: what is found out about each stands in the wave's row of the shared list. [lists] */
export const WAVE_TASKS_MAX = 100
/** A file that changed within this time before a freeze check is still being worked on. Ours. [ours] */
export const FREEZE_QUIET_MS = 15 * MINUTE_MS
/** Files that a freeze check opens to see whether somebody holds them: those that changed since the last round. Ours: each costs a call. [ours] */
export const FREEZE_OPENED_MAX = 10_000
/** Items gone from the source that a comparison keeps in mind to name what lies at the destination without a source. Ours. [ours] */
export const GONE_KEPT_MAX = 100_000

// ## Forecast

/** Resource units that one new file costs, from scan to proof. Ours: measured over 2,000 files, see docs/benchmarks.md. [ours] */
export const FORECAST_RU_PER_FILE = 3.1
/** Files per second of one agent on a good night. Observed: Microsoft's most for files of 50 KB, 250 GB a day. [mig-speed] */
export const FORECAST_FILES_PER_S_HIGH = 58
/** Files per second of one agent on a working day. Observed: 100,000 files of 1 MB took 10.87 h. [mig-speed] */
export const FORECAST_FILES_PER_S_LOW = 2.5
/** Bytes per second of one agent on a good night. Observed: Microsoft's most for large files, 10 TB a day. [mig-speed] */
export const FORECAST_BYTES_PER_S_HIGH = 115 * MIB
/** Bytes per second of one agent on a working day. Observed: 100 GB took 10.87 h. [mig-speed] */
export const FORECAST_BYTES_PER_S_LOW = 2.5 * MIB
