#!/usr/bin/env node
import '@retable/reproductions/bin'
