import {
  AddSquareRegular,
  BoardRegular,
  DesktopRegular,
  DocumentSearchRegular,
  DocumentTableRegular,
  FlagRegular,
  PeopleRegular,
  SettingsRegular,
  TableRegular,
} from '@fluentui/react-icons'
import type { ReactElement } from 'react'
import type { ViewName } from '../../store/uiSlice.ts'
import { AgentsView } from '../agents/AgentsView.tsx'
import { CreateView } from '../create/CreateView.tsx'
import { CutoverView } from '../cutover/CutoverView.tsx'
import { PeopleView } from '../identity/PeopleView.tsx'
import { MigrationsView } from '../migrations/MigrationsView.tsx'
import { OverviewView } from '../overview/OverviewView.tsx'
import { ReportsView } from '../reports/ReportsView.tsx'
import { ScansView } from '../scans/ScansView.tsx'
import { SettingsView } from '../settings/SettingsView.tsx'

interface ScreenEntry {
  readonly label: string
  readonly icon: ReactElement
  readonly screen: ReactElement
}

/** The screens of the navigation, in its order. A new one: its name in `uiSlice`, and a row here. */
export const SCREENS = {
  overview: { label: 'Overview', icon: <BoardRegular />, screen: <OverviewView /> },
  scans: { label: 'Scans', icon: <DocumentSearchRegular />, screen: <ScansView /> },
  migrations: { label: 'Migrations', icon: <TableRegular />, screen: <MigrationsView /> },
  create: { label: 'Create', icon: <AddSquareRegular />, screen: <CreateView /> },
  people: { label: 'People', icon: <PeopleRegular />, screen: <PeopleView /> },
  agents: { label: 'Agents', icon: <DesktopRegular />, screen: <AgentsView /> },
  cutover: { label: 'Cutover', icon: <FlagRegular />, screen: <CutoverView /> },
  reports: { label: 'Reports', icon: <DocumentTableRegular />, screen: <ReportsView /> },
  settings: { label: 'Settings', icon: <SettingsRegular />, screen: <SettingsView /> },
} as const satisfies Record<ViewName, ScreenEntry>
