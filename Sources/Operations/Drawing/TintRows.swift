import Dataflow
import Raster
import Specification

/// The colours of the classes of a map, by their numbers.
public struct ClassPalette: Sendable, Equatable {
    public let colours: [Colour]

    /// Class 0, the background as a rule, is black.
    ///
    /// - `colour`: of every other class; nil for one of its own for each.
    public init(_ count: Int, _ colour: Colour? = nil) {
        colours = (0..<min(max(count, 1), 256)).map { $0 == 0 ? .black : colour ?? .ofClass($0) }
    }

    /// - `sample`: the number of a class as a class map holds it.
    public func colour(of sample: Float) -> Colour { colours[index(of: sample)] }

    fileprivate func index(of sample: Float) -> Int { Int(min(max(sample.rounded(), 0), Float(colours.count - 1))) }
}

/// `out = x + (colour − x) · opacity · mask / 255`, or with the colour of each pixel's class at the same opacity.
struct TintRows: RowOperator {
    let output: FieldFormat
    /// nil: the second input is a mask; else it holds the numbers of classes.
    let palette: ClassPalette?
    let colour: Colour
    let opacity: Float
    var summary: String { palette == nil ? "lay a mask over it, float32" : "lay a class map over it, float32" }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let channels = self.output.channels
        let colours = palette?.colours.map { [Float($0.red), Float($0.green), Float($0.blue)] } ?? []
        let single = [Float(colour.red), Float(colour.green), Float(colour.blue)]
        for y in rows {
            let from = inputs[0].row(y, as: Float.self)
            let mask = inputs[1].row(y, as: Float.self)
            let to = output.row(y, as: Float.self)
            for x in 0..<self.output.size.width {
                var weight = mask[x] / 255 * opacity
                var colour = single
                if let palette {
                    let index = palette.index(of: mask[x])
                    weight = index == 0 ? 0 : opacity
                    colour = colours[index]
                }
                for c in 0..<channels {
                    let sample = from[x * channels + c]
                    to[x * channels + c] = c < 3 ? sample + (colour[c] - sample) * weight : sample
                }
            }
        }
    }
}
