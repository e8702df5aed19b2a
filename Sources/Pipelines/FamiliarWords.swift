import Operations
import Specification

/// What people from other programs, or in a hurry, may write for a step, and how the pipeline language says it.
public enum FamiliarWords {
    /// The step that a word means, such as `{ "op": "apply", "function": "invert" }` for `negate`; nil for other words.
    public static func step(for word: String) -> String? {
        let wanted = spelling(word)
        if let kernel = NamedKernel.allCases.first(where: { spelling($0.rawValue) == wanted }) {
            return #"{ "op": "convolve", "kernel": "\#(kernel.rawValue)" }"#
        }
        if let example = examples.first(where: { $0.words.contains(wanted) }) { return example.step }
        if let function = PointFunction.Name.allCases.first(where: { spelling($0.rawValue) == wanted }) {
            return #"{ "op": "apply", "function": "\#(function.rawValue)" }"#
        }
        return nil
    }

    private static func spelling(_ word: String) -> String {
        word.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
    }

    /// In the spelling of `spelling(_:)`. Words that are steps, kernels or point functions themselves are not here,
    /// but for `scale`, by which most people mean the size.
    static let examples: [(words: [String], step: String)] = [
        (["scale", "size", "geometry", "shrink", "enlarge"], #"{ "op": "resize", "scale": 0.5 }"#),
        (["thumbnail", "thumb"], #"{ "op": "resize", "width": 256, "height": 256, "fit": "cover" }"#),
        (["unsharp", "unsharpmask", "usm"], #"{ "op": "convolve", "kernel": { "unsharp": { "sigma": 1 } } }"#),
        (["gaussian", "gaussianblur", "gauss", "smooth"], #"{ "op": "convolve", "kernel": { "gaussian": 2 } }"#),
        (["box", "boxblur", "mean", "average"], #"{ "op": "convolve", "kernel": { "box": 2 } }"#),
        (["edge", "edgedetect", "outline"], #"{ "op": "convolve", "kernel": "edges" }"#),
        (["sobel"], #"{ "op": "convolve", "kernel": "sobel-x" }"#),
        (["filter", "conv", "convolution", "kernel"], #"{ "op": "convolve", "kernel": "sharpen" }"#),
        (["grayscale", "greyscale", "grey", "luma", "monochrome"], #"{ "op": "gray" }"#),
        (["negate", "negative", "inverse"], #"{ "op": "apply", "function": "invert" }"#),
        (["level", "contrast", "brightness"], #"{ "op": "apply", "function": "levels" }"#),
        (["autoorient", "orient", "open", "load", "read", "input"], #"{ "op": "decode", "orient": true }"#),
        (["strip"], #"{ "op": "encode", "metadata": "strip" }"#),
        (["quality"], #"{ "op": "encode", "format": "jpeg", "quality": 85 }"#),
        (["save", "write", "output", "export", "convert"], #"{ "op": "encode", "format": "png" }"#),
        (["mirror", "flop"], #"{ "op": "flip", "axis": "horizontal" }"#),
        (["separate", "channels"], #"{ "op": "split", "as": ["r", "g", "b"] }"#),
        (
            ["add", "subtract", "multiply", "magnitude", "composite"],
            #"{ "op": "combine", "function": "add", "from": ["a", "b"] }"#
        ),
        (["extract", "cut"], #"{ "op": "crop", "width": 640, "height": 480 }"#),
        (
            ["matchtemplate", "templatematching", "search"],
            #"{ "op": "find-pattern", "pattern": [[0, 1], [1, 0]], "normalized": true }"#
        ),
        (["classification", "predict", "infer"], #"{ "op": "classify", "model": "card.json" }"#),
        (["detection", "yolo"], #"{ "op": "detect", "model": "card.json" }"#),
        (["segmentation"], #"{ "op": "segment", "model": "card.json" }"#),
        (["style", "upscale", "superresolution"], #"{ "op": "restyle", "model": "card.json" }"#),
    ]
}
