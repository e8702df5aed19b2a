/// How long the rest of a batch takes, from the files that have ended so far.
///
/// With mean m and variance s² of the seconds between two ends, n of them seen and r files left, the rest takes
/// r · m ± √(r · s² + r² · s² / n): what the rest varies by itself, and how little is known of the mean.
public struct ProgressEstimate: Sendable {
    /// Between two looks at the clock several files may end; their time is shared among them.
    private var count = 0
    private var sum = 0.0
    private var squares = 0.0
    private var last = 0.0

    public init() {}

    /// Notes that another file has ended.
    ///
    /// - `seconds`: since the start; not falling.
    public mutating func note(at seconds: Double) {
        let interval = max(0, seconds - last)
        last = seconds
        count += 1
        sum += interval
        squares += interval * interval
    }

    /// Seconds for `files` more, and by how much that may be wrong; nil while too little is known.
    public func remaining(files: Int) -> (seconds: Double, spread: Double)? {
        guard count >= 8, files >= 0 else { return nil }
        let (n, r) = (Double(count), Double(files))
        let mean = sum / n
        let variance = max(0, squares / n - mean * mean)
        return (r * mean, (r * variance + r * r * variance / n).squareRoot())
    }
}
