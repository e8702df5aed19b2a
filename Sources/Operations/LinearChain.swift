import Dataflow
import KernelParameters

/// Convolutions that follow one another on whole numbers: together they are one linear function of the first one's
/// input, whose interval is narrower than what the stages give one by one.
///
/// A blur, a sharpening and an edge filter of 3×3, stage by stage, seem to need 19 bits; no picture makes them exceed 16.
struct LinearChain: Sendable {
    struct Stage: Sendable {
        var weights: [Int]
        var window: WindowGeometry
        /// Added to every stored sample.
        var offset: Double
        /// The weights for 16-bit arithmetic; nil where they or the results are not of its kind.
        var short: ShortWindowWeights?
    }

    /// The first stage's input.
    let start: FieldID
    /// The interval of its samples.
    let samples: ClosedRange<Double>
    var stages: [Stage]
    /// What computing the stages takes for a sample, in the unit of `ConvolutionCosts`.
    var cost = 0.0

    /// Rows and columns that the chain looks at on each side.
    private var reach: (rows: Int, columns: Int) {
        stages.reduce((0, 0)) { ($0.0 + $1.window.anchorRow, $0.1 + $1.window.anchorColumn) }
    }

    /// A grid on which each place is as far from the borders as some place of any larger picture.
    private var grid: (height: Int, width: Int) { (2 * reach.rows + 1, 2 * reach.columns + 1) }

    /// For each place of the grid, the weight of each place of the input, and a constant behind them; nil where the
    /// chain is too long to find out, or the picture so small that opposite borders meet.
    func responses() -> [[Double]]? {
        guard let first = stages.first else { return nil }
        let (height, width) = grid
        let cells = height * width
        guard stages.count > 1, first.window.input.height >= height, first.window.input.width >= width,
            stages.allSatisfy({ $0.window.stride == 1 && [.replicate, .reflect].contains($0.window.border) }),
            cells * cells * stages.map(\.weights.count).max()! <= 2_000_000
        else { return nil }
        var responses = (0..<cells).map { place in
            var response = [Double](repeating: 0, count: cells + 1)
            response[place] = 1
            return response
        }
        for stage in stages {
            responses = (0..<cells).map { place in
                var response = [Double](repeating: 0, count: cells + 1)
                response[cells] = stage.offset
                for (index, weight) in stage.weights.enumerated() where weight != 0 {
                    let row = place / width + index / stage.window.columns - stage.window.anchorRow
                    let column = place % width + index % stage.window.columns - stage.window.anchorColumn
                    let source =
                        stage.window.border.source(of: row, count: height)! * width
                        + stage.window.border.source(of: column, count: width)!
                    for cell in 0...cells { response[cell] += Double(weight) * responses[source][cell] }
                }
                return response
            }
        }
        return responses
    }

    /// The stored interval behind the last stage, from its responses.
    func bounds(_ responses: [[Double]]) -> ClosedRange<Double> {
        var low = Double.infinity
        var high = -Double.infinity
        for response in responses {
            var least = response.last!
            var most = least
            for weight in response.dropLast() {
                least += min(weight * samples.lowerBound, weight * samples.upperBound)
                most += max(weight * samples.lowerBound, weight * samples.upperBound)
            }
            low = min(low, least)
            high = max(high, most)
        }
        return low...high
    }

    /// The stages as one kernel, from their responses.
    func joined(_ responses: [[Double]]) -> JoinedKernel {
        let (height, width) = grid
        let kernels = responses.indices.map { place in
            (0..<height * width).map { index in
                let row = place / width + index / width - reach.rows
                let column = place % width + index % width - reach.columns
                guard (0..<height).contains(row), (0..<width).contains(column) else { return 0 }
                return Int(responses[place][row * width + column])
            }
        }
        return JoinedKernel(rows: height, columns: width, kernels: kernels, term: responses[0].last!)
    }
}

/// Several convolutions as one: places near a border have weights of their own, because each of the convolutions looked
/// beyond the border of what the one before it gave.
struct JoinedKernel: Sendable {
    /// Both odd; the anchor lies in the middle.
    let rows: Int
    let columns: Int
    /// For each row and column of a picture of `rows` times `columns` pixels the weights around it, row by row. Those in
    /// the middle count for every place of a larger picture that is as far from its borders.
    let kernels: [[Int]]
    /// Added to every sum.
    let term: Double

    /// Which of `count` kernels stands for a row or column of a picture that has `size` of them.
    static func place(_ index: Int, of size: Int, count: Int) -> Int {
        let reach = count / 2
        if index < reach { return index }
        return index >= size - reach ? count - (size - index) : reach
    }

    func kernel(row: Int, column: Int) -> [Int] { kernels[row * columns + column] }

    var middle: [Int] { kernel(row: rows / 2, column: columns / 2) }
}
