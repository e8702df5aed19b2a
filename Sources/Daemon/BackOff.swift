/// How long to wait before another try: 1, 2, 4, … seconds, at most five minutes.
struct BackOff: Sendable, Equatable {
    private(set) var failures = 0

    mutating func next() -> Duration {
        defer { failures += 1 }
        return min(.seconds(1 << min(failures, 16)), .seconds(300))
    }

    mutating func reset() { failures = 0 }
}
