import Operations
import Specification

/// What an ONNX file does not say about itself: how a picture becomes the network's input, and what its outputs mean.
public struct ModelCard: Sendable {
    /// What the network is for, which says how its outputs are read.
    public enum Task: String, Sendable, CaseIterable {
        case classify, detect, segment, restyle, generate
    }

    public let task: Task
    /// The ONNX file, relative to the card's folder.
    public let model: PathBytes
    public let input: Input
    public let labels: Labels?
    public let output: Output
    public let boxes: Boxes?
    /// Inputs besides the picture, by name, with their values in the order of their declared shape.
    public let constants: [(name: String, values: [Double])]
    public let golden: Golden?

    /// How a picture becomes the input.
    public struct Input: Sendable {
        public enum Channels: String, Sendable, CaseIterable {
            case rgb, bgr, gray
        }

        public enum Layout: String, Sendable, CaseIterable {
            case nchw, nhwc
        }

        /// Nil: the only input that is no constant.
        public var name: String?
        /// Width and height; nil: as the model declares.
        public var width: Int?
        public var height: Int?
        /// Whether the sizes that the model declares are only those of an example.
        public var takesAnySize = false
        public var fit = InputFit.stretch
        public var place = InputFit.Place.center
        /// With the fit `cover`: the length that the picture's shorter side gets before its middle is cut out.
        public var shortSide: Int?
        public var filter = ResampleFilter.bilinear
        /// What lies beside a picture that does not fill the input, 0…255.
        public var fill = Colour.black
        public var background = Colour.white
        /// Nil: `gray` for one channel, else `rgb`.
        public var channels: Channels?
        /// Nil: by where the declared shape has 1 or 3.
        public var layout: Layout?
        /// A sample x, 0…255, becomes (x · scale − mean) / std; one number for each channel, in the order of `channels`,
        /// or one for all.
        public var scale = 1.0
        public var mean = [0.0]
        public var std = [1.0]
    }

    public enum Labels: Sendable {
        case list([String])
        /// A text file with a label in each line, relative to the card's folder.
        case file(PathBytes)
    }

    /// How the outputs are read.
    public struct Output: Sendable {
        public enum Activation: String, Sendable, CaseIterable {
            case softmax, sigmoid, none
        }

        /// Nil: the model's first.
        public var name: String?
        /// What makes scores of the numbers that the network gives.
        public var activation = Activation.none
        /// What the numbers of a segmentation are; nil where the output tells.
        var encoding: SegmentationMap.Encoding?
        /// Of a network that makes pictures: the numbers that stand for black and for white; nil: as the input has them.
        public var range: [Double]?
    }

    /// An input with its known result.
    public struct Golden: Sendable {
        /// A picture, or an array (`.npy`): of 8-bit samples [H, W] or [H, W, 3] for a picture, else the input itself.
        public var input: PathBytes
        /// Arrays (`.npy`) of what outputs have to be; the name is nil for the card's own output.
        public var outputs: [(name: String?, file: PathBytes)]
        /// The class that has to come first.
        public var label: String?
        /// Its score.
        public var score: Double?
        /// How far off a score, or a number as a part of the output's largest magnitude, may be; nil: 0.002 where the
        /// input is given itself, 0.05 where it is made of a picture.
        public var tolerance: Double?
    }
}
