internal import CVector

/// Orders what was stored past the caches before what this thread does next. It waits for memory, so once for many rows.
public func finishStreaming() { svertka_streamed() }
