/**
 * The bootstrap of several rows of models that are tested on the same images (Efron 1979): images are
 * drawn with replacement, the same ones for all rows, and of each row's seeds as many as there are.
 *
 * Seeds that are drawn from S have (S - 1) / S of their variance; what a draw differs from all seeds by
 * is therefore scaled by sqrt(S / (S - 1)) (Rao and Wu, "Resampling inference with complex survey data",
 * Journal of the American Statistical Association 83, 1988). With one seed there is no such part: how
 * trainings differ by chance is then not in the draws.
 *
 * @param rows Whether each image is classified correctly: by row, then by seed, then by image
 * @param draws How many
 * @param integer Gives a random integer from 0 to below a number
 * @returns Shares of images that are classified correctly, by draw, then by row
 * @throws {RangeError} If there is no image or no seed, or models saw other numbers of images
 */
export function bootstrapShares(
  rows: readonly (readonly (readonly boolean[])[])[],
  draws: number,
  integer: (below: number) => number,
): Float64Array[] {
  const images = rows[0]?.[0]?.length ?? 0;
  for (const row of rows) {
    const counts = row.map((verdicts) => verdicts.length);
    if (images > 0 && row.length > 0 && counts.every((count) => count === images)) continue;
    throw new RangeError(
      `Cannot resample: a row's models saw ${counts.join(", ") || "no"} images, expected ${
        Math.max(1, images)
      } each`,
    );
  }
  const correct = rows.map((row) =>
    row.map((verdicts) => Uint32Array.from(verdicts.flatMap((is, image) => is ? [image] : [])))
  );
  const times = new Uint32Array(images);
  return Array.from({ length: draws }, () => {
    times.fill(0);
    for (let i = 0; i < images; i++) times[integer(images)]++;
    return Float64Array.from(correct, (seeds) => {
      const shares = seeds.map((correct) => {
        let sum = 0;
        for (let i = 0; i < correct.length; i++) sum += times[correct[i]];
        return sum / images;
      });
      const all = shares.reduce((a, b) => a + b, 0) / shares.length;
      if (shares.length === 1) return all;
      let drawn = 0;
      for (let i = 0; i < shares.length; i++) drawn += shares[integer(shares.length)];
      const scale = Math.sqrt(shares.length / (shares.length - 1));
      return all + scale * (drawn / shares.length - all);
    });
  });
}
