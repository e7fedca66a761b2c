export type { Json, JsonObject } from '@retable/core/host'
