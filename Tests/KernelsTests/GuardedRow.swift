/// Samples with guard values before and behind them. It has to outlive the use of `start`.
final class GuardedRow<Sample: BitwiseCopyable & Equatable> {
    private let memory: UnsafeMutablePointer<Sample>
    private let count: Int
    private let room: Int
    private let fence: Sample

    /// - `room`: samples before and behind that may be read, but not written.
    init(_ samples: [Sample], fence: Sample, room: Int = 64) {
        count = samples.count
        self.room = room
        self.fence = fence
        memory = .allocate(capacity: samples.count + 2 * room)
        memory.initialize(repeating: fence, count: samples.count + 2 * room)
        for (i, sample) in samples.enumerated() { memory[room + i] = sample }
    }

    deinit { memory.deallocate() }

    var start: UnsafeMutablePointer<Sample> { memory + room }
    var samples: [Sample] { Array(UnsafeBufferPointer(start: start, count: count)) }
    var isIntact: Bool {
        (0..<room).allSatisfy { memory[$0] == fence && memory[room + count + $0] == fence }
    }
}

/// Row lengths around the widths of vectors and of the pieces that rows are taken in.
let rowLengths = [0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129, 257, 1023, 1024, 1025, 2049]

/// What a row may be filled with.
enum Fill: CaseIterable {
    case random, least, most, alternating

    func samples<Sample: FixedWidthInteger>(
        _ count: Int, in range: ClosedRange<Sample>, _ randomness: inout Randomness
    ) -> [Sample] {
        (0..<count).map { i in
            switch self {
            case .random: Sample.random(in: range, using: &randomness)
            case .least: range.lowerBound
            case .most: range.upperBound
            case .alternating: i % 2 == 0 ? range.lowerBound : range.upperBound
            }
        }
    }

    func samples(_ count: Int, in range: ClosedRange<Float>, _ randomness: inout Randomness) -> [Float] {
        (0..<count).map { i in
            switch self {
            case .random: Float.random(in: range, using: &randomness)
            case .least: range.lowerBound
            case .most: range.upperBound
            case .alternating: i % 2 == 0 ? range.lowerBound : range.upperBound
            }
        }
    }
}
