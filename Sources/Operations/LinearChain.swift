import Dataflow

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
    }

    /// The interval of the first stage's samples.
    let samples: ClosedRange<Double>
    let stages: [Stage]

    /// The stored interval behind the last stage; nil where the chain is too long to find out, or the picture so small
    /// that opposite borders meet.
    func bounds() -> ClosedRange<Double>? {
        guard let first = stages.first else { return nil }
        let reach = stages.reduce((0, 0)) { ($0.0 + $1.window.anchorRow, $0.1 + $1.window.anchorColumn) }
        // On a grid of this size each place is as far from the borders as some place of any larger picture.
        let height = 2 * reach.0 + 1
        let width = 2 * reach.1 + 1
        let cells = height * width
        guard stages.count > 1, first.window.input.height >= height, first.window.input.width >= width,
            stages.allSatisfy({ $0.window.stride == 1 && [.replicate, .reflect].contains($0.window.border) }),
            cells * cells * stages.map(\.weights.count).max()! <= 2_000_000
        else { return nil }
        // For each place, the weight of each place of the first input, and a constant.
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
        var low = Double.infinity
        var high = -Double.infinity
        for response in responses {
            var least = response[cells]
            var most = response[cells]
            for weight in response[..<cells] {
                least += min(weight * samples.lowerBound, weight * samples.upperBound)
                most += max(weight * samples.lowerBound, weight * samples.upperBound)
            }
            low = min(low, least)
            high = max(high, most)
        }
        return low...high
    }
}
