const filesBelow = async (entry: FileSystemEntry): Promise<readonly File[]> => {
  if (entry.isFile) {
    return [
      await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail)),
    ]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const entries: FileSystemEntry[] = []
  // A reader gives some at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) =>
      reader.readEntries(done, fail),
    )
    if (some.length === 0) break
    entries.push(...some)
  }
  return (await Promise.all(entries.map(filesBelow))).flat()
}

/** The files that were dropped, those of dropped folders too. To be called in the event itself: its data goes with it. */
export const droppedFiles = async (transfer: DataTransfer): Promise<readonly File[]> => {
  const taken = Array.from(transfer.items, async (item): Promise<readonly File[]> => {
    const entry = item.webkitGetAsEntry()
    if (entry?.isDirectory) return filesBelow(entry)
    const file = item.getAsFile()
    return file ? [file] : []
  })
  return (await Promise.all(taken)).flat()
}
