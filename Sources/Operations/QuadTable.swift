import KernelParameters

/// Where the bytes of a window lie among quads, and which weights meet them.
///
/// The rows of a window lie in groups of four, whose bytes are side by side. Four rows of results share the groups: to
/// each of them the window lies one row lower.
struct QuadLayout: Sendable {
    let rows: Int
    let columns: Int
    let channels: Int
    /// From one group to the next.
    let groupBytes: Int

    /// Groups that `count` rows of results, in fours, look at.
    static func groupCount(_ count: Int, windowRows: Int) -> Int { ((count + 3) / 4 * 4 + windowRows + 2) / 4 }

    var groupCount: Int { Self.groupCount(4, windowRows: rows) }

    func byteOffset(group: Int, column: Int) -> Int { group * groupBytes + 4 * column * channels }

    /// The four weights that result `result` of 0..<4 has for a group and column.
    func quad(_ weights: [Int], group: Int, column: Int, result: Int) -> Int32 {
        var quad: UInt32 = 0
        for i in 0..<4 {
            let row = 4 * group + i - result
            guard (0..<rows).contains(row) else { continue }
            quad |= UInt32(UInt8(truncatingIfNeeded: weights[row * columns + column])) << UInt32(8 * i)
        }
        return Int32(bitPattern: quad)
    }
}

/// The taps of four rows of results: first those that all have, then those of the lower two.
struct QuadTable: Sendable {
    let taps: [QuadTap]
    let commonCount: Int

    /// - `kernels`: the weights of each of the four rows.
    init(_ kernels: [[Int]], _ layout: QuadLayout) {
        var common: [QuadTap] = []
        var lower: [QuadTap] = []
        for group in 0..<layout.groupCount {
            for column in 0..<layout.columns {
                let quads = (0..<4).map { layout.quad(kernels[$0], group: group, column: column, result: $0) }
                if quads.allSatisfy({ $0 == 0 }) { continue }
                let tap = QuadTap(byteOffset: layout.byteOffset(group: group, column: column), weights: quads)
                if quads[0] == 0, quads[1] == 0 { lower.append(tap) } else { common.append(tap) }
            }
        }
        taps = common + lower
        commonCount = common.count
    }
}

/// The taps of four rows of results for some samples that have kernels of their own.
struct QuadLaneTable: Sendable {
    let byteOffsets: [Int]
    let weights: [Int32]

    /// - `kernels`: for each of the four rows, the weights of each sample.
    init(_ kernels: [[[Int]]], _ layout: QuadLayout) {
        var offsets: [Int] = []
        var weights: [Int32] = []
        for group in 0..<layout.groupCount {
            for column in 0..<layout.columns {
                offsets.append(layout.byteOffset(group: group, column: column))
                for (result, samples) in kernels.enumerated() {
                    for kernel in samples {
                        weights.append(layout.quad(kernel, group: group, column: column, result: result))
                    }
                }
            }
        }
        byteOffsets = offsets
        self.weights = weights
    }
}
