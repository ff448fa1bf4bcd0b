/** Names in the order in which they got their ids. */
export class Names {
    toIds(names: any[], create: boolean): (number | undefined)[];
    toNames(ids: number[]): any[];
    #private;
}
