import Kernels
import Processor

/// What the ways of computing a convolution take, in picoseconds for a sample, as measured on a core of about 4 GHz with
/// 512-bit vectors (see docs/decisions/swift-kernels.md). Only their ratios matter.
struct ConvolutionCosts: Sendable {
    /// One multiplication of four bytes, and putting one group of four rows side by side.
    let quad: Double
    let group: Double
    /// Adding a 16-bit sample, and adding one that is multiplied.
    let sum16: Double
    let tap16: Double
    let tap32: Double
    let floatTap: Double
    /// Storing the sums of a pass and reading them again; twice that where samples become wider first.
    let pass: Double
    /// One stage of 3×3 weights in 16 bits.
    let short: Double

    static func at(_ level: InstructionLevel) -> ConvolutionCosts {
        switch level {
        case .baseline:
            ConvolutionCosts(
                quad: 34, group: 10, sum16: 9, tap16: 15, tap32: 60, floatTap: 24, pass: 30, short: 60)
        case .wide:
            ConvolutionCosts(
                quad: 9.6, group: 10, sum16: 9, tap16: 15, tap32: 60, floatTap: 24, pass: 30, short: 25)
        }
    }

    /// Kernels of bytes, four rows at a time.
    func quads(rows: Int, columns: Int) -> Double {
        // Four results have the weights of 4n rows in (4 · groups) places, of which half may be left out.
        let groups = Double(rows / 4) + [0, 1, 1, 1.5][rows % 4]
        return pass + groups * (group + quad * Double(columns))
    }

    /// 3×3 kernels that follow one another in 16 bits.
    func shorts(stages: Int) -> Double { pass / 2 + short * Double(stages) }

    func cost(of convolution: RowConvolution) -> Double {
        switch convolution {
        case .int16(.taps(let rows, let taps)): 2 * pass + folding(rows) + cost(taps)
        case .int16(.passes(let column, let row)): 3 * pass + cost(column) + cost(row)
        case .groups(let rows, let groups):
            2 * pass + folding(rows) + groups.reduce(0) { $0 + cost($1) + pass }
        case .int32(.taps(let rows, let taps)): 2 * pass + folding(rows) + tap32 * Double(taps.count)
        case .int32(.passes(let column, let row)): 3 * pass + tap32 * Double(column.count + row.count)
        case .float(.taps(let rows, let taps)): 3 * pass + folding(rows) + floatTap * Double(taps.count)
        case .float(.passes(let column, let row)): 4 * pass + floatTap * Double(column.count + row.count)
        }
    }

    /// Products of spectra; the same for all processors, because the choice shows in the last bits of the result.
    static func spectra(rows: Int, columns: Int) -> Double {
        let size = Double(SpectralPlan.size(columns: columns))
        return 3000 + 16 * Double(rows) * 2 * size / (size - Double(columns) + 1)
    }

    /// Products of a window of real weights; the same for all processors.
    static func window(taps: Int) -> Double { 9.5 * Double(taps) }

    /// Sums over boxes of bytes.
    func box(columns: Int) -> Double {
        let (part, parts, rest) = BoxSumRows.parts(of: columns)
        return 2 * pass + sum16 * Double(part + parts + rest)
    }

    private func cost(_ taps: [Tap<Int16>]) -> Double {
        taps.reduce(0) { $0 + (abs(Int($1.weight)) == 1 ? sum16 : tap16) }
    }

    private func folding(_ rows: [[Int]]) -> Double {
        rows.reduce(0) { $0 + ($1.count > 1 ? pass + sum16 * Double($1.count) : 0) }
    }
}
