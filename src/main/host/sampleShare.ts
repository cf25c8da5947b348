export { type SampleShare, writeSampleShare } from '../adapters/fileshare/sampleShare.ts'
