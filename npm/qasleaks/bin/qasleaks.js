#!/usr/bin/env node
// Starts the qasleaks program of this system, passes signals on to it, and ends as it
// ends. Everything else is in the program, which one of the optional dependencies holds.
'use strict'

const { spawn } = require('node:child_process')
const { constants } = require('node:os')

const platform = `${process.platform}-${process.arch}`
const platforms = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-arm64', 'win32-x64']

// 1 would say that keys were found.
const nothingScanned = 2

function stop(message) {
  console.error(`qasleaks: ${message}`)
  process.exit(nothingScanned)
}

function findProgram() {
  if (!platforms.includes(platform)) {
    stop(`the npm package has no program for ${platform}, only for ${platforms.join(', ')}.
See https://github.com/qasleaks/qasleaks/blob/main/docs/install.md for other ways to install it.`)
  }
  const name = `@qasleaks/${platform}`
  try {
    return require.resolve(`${name}/bin/qasleaks${process.platform === 'win32' ? '.exe' : ''}`)
  } catch {
    stop(`the package ${name}, which holds the program for this system, is not installed.
Install again without --omit=optional, and on this system: node_modules cannot be copied from another one.
If package-lock.json was written on another system and lacks ${name}, delete node_modules and package-lock.json first.`)
  }
}

const program = findProgram()
const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' })
child.on('error', (error) => stop(`start ${program}: ${error.message}`))

// A terminal sends an interrupt to the program, too; a second one would end it at once.
const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
for (const signal of signals) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !atTerminal) child.kill(signal)
  })
}

child.on('exit', (status, signal) => {
  if (!signal) process.exit(status)
  for (const name of signals) process.removeAllListeners(name)
  process.kill(process.pid, signal)
  // Where the signal does not end this process:
  setTimeout(() => process.exit(128 + constants.signals[signal]), 1000)
})
