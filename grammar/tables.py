"""Made from fdl.lark by `python -m fdc.grammar.build`; see there for the notation."""

# ruff: noqa: E501

STARTS = "declaration expr"
ENDS = "9 32"
KEYWORDS = """\
allow ALLOW
and AND
as AS
assert ASSERT
by BY
checkpoint CHECKPOINT
component COMPONENT
data DATA
every EVERY
except EXCEPT
false FALSE
family FAMILY
for FOR
from FROM
graph GRAPH
import IMPORT
in IN
let LET
log LOG
loss LOSS
mesh MESH
method METHOD
not NOT
optimize OPTIMIZE
or OR
param PARAM
per PER
process PROCESS
produce PRODUCE
program PROGRAM
record RECORD
return RETURN
reveal REVEAL
role ROLE
sizes SIZES
space SPACE
stage STAGE
state STATE
to TO
track TRACK
train TRAIN
true TRUE
until UNTIL
update UPDATE
use USE
validate VALIDATE
variant VARIANT
"""
PUNCTUATION = """\
!= NE
% PERCENT
( LPAR
) RPAR
* STAR
** POWER
+ PLUS
, COMMA
- MINUS
-> ARROW
. DOT
.. RANGE
/ SLASH
// FLOOR
: COLON
< LT
<= LE
= EQUAL
== EQ
> GT
>= GE
[ LSQB
] RSQB
{ LBRACE
} RBRACE
~ TILDE
"""
RULES = """\
__allow_star_15 2 _ 1
__allow_star_15 3 _ 0 2
__args_star_18 2 _ 1
__args_star_18 3 _ 0 2
__atom_star_17 2 _ 1
__atom_star_17 3 _ 0 2
__body_star_14 2 _ 0 1
__body_star_14 3 _ 0 1
__body_star_14 2 _ 0 1
__body_star_14 1 _ 0
__body_star_14 2 _ 0
__body_star_14 1 _ 0
__code_star_16 2 _ 0 1
__code_star_16 3 _ 0 1 2
__dims_star_12 2 _ 1
__dims_star_12 3 _ 0 2
__entries_star_8 2 _ 0 1
__entries_star_8 3 _ 0 1
__entries_star_8 1 _ 0
__entries_star_8 2 _ 0
__family_star_1 2 _ 0 1
__family_star_1 3 _ 0 1
__family_star_1 1 _ 0
__family_star_1 2 _ 0
__fields_star_10 2 _ 0 1
__fields_star_10 3 _ 0 1
__fields_star_10 1 _ 0
__fields_star_10 2 _ 0
__import_names_star_0 1 _ 0
__import_names_star_0 2 _ 0
__import_names_star_0 2 _ 0 1
__import_names_star_0 3 _ 0 1
__method_star_5 2 _ 0 1
__method_star_5 3 _ 0 1
__method_star_5 2 _ 0 1
__method_star_5 1 _ 0
__method_star_5 2 _ 0
__method_star_5 1 _ 0
__outputs_star_4 2 _ 1
__outputs_star_4 3 _ 1
__outputs_star_4 3 _ 0 2
__outputs_star_4 4 _ 0 2
__pair_type_plus_13 2 _ 1
__pair_type_plus_13 3 _ 0 2
__params_star_11 2 _ 1
__params_star_11 3 _ 0 2
__path_star_9 2 _ 1
__path_star_9 3 _ 0 2
__process_star_3 2 _ 0 1
__process_star_3 3 _ 0 1
__process_star_3 2 _ 0 1
__process_star_3 3 _ 0 1
__process_star_3 1 _ 0
__process_star_3 2 _ 0
__process_star_3 1 _ 0
__process_star_3 2 _ 0
__program_star_7 2 _ 0 1
__program_star_7 3 _ 0 1
__program_star_7 2 _ 0 1
__program_star_7 1 _ 0
__program_star_7 2 _ 0
__program_star_7 1 _ 0
__role_names_star_6 2 _ 1
__role_names_star_6 3 _ 0 2
__space_plus_2 2 _ 1
__space_plus_2 3 _ 0 2
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_family_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_method_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_program_member 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
_statement 1 . 0
allow 5 allow 2
allow 4 allow 2
allow 6 allow 2 3
allow 5 allow 2 3
annotation 1 . 0
annotation 1 . 0
annotation 1 . 0
arg 3 arg 0 2
arg 1 arg - 0
args 0 args
args 1 args 0
args 2 args 0
args 2 args 0 1
args 3 args 0 1
assert_ 2 assert_ 1
assert_ 3 assert_ 1
assert_ 4 assert_why 1 3
assert_ 5 assert_why 1 3
atom 1 false 0
atom 3 . 1
atom 5 tuple 1 2
atom 4 tuple 1 2
atom 2 list
atom 4 list 1
atom 3 list 1
atom 5 list 1 2
atom 4 list 1 2
atom 1 name 0
atom 1 number 0
atom 1 string 0
atom 1 true 0
atom 1 map 0
bind 3 bind 0 2
bind 6 bind_many 1 5
bind 5 bind_many 1 4
bind 7 bind_many 1 2 6
bind 6 bind_many 1 2 5
body 2 body
body 3 body 1
both 3 binary 0 1 2
both 1 . 0
code 1 code 0
code 2 code 0 1
compared 1 . 0
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
compared 3 binary 0 1 2
component 4 component 1 3 -
component 5 component 1 3 4
data 4 data 1 3 -
data 5 data 1 3 4
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
declaration 1 . 0
dim 3 dim 0 2 -
dim 5 dim 0 2 4
dim 1 dim - 0 -
dim 3 dim - 0 2
dims 1 dims 0
dims 2 dims 0
dims 2 dims 0 1
dims 3 dims 0 1
dotted 1 dotted 0
dotted 2 dotted 0 1
draw 3 draw 0 2 - -
draw 5 draw 0 2 4 -
draw 8 draw 0 2 4 6
either 1 . 0
either 3 binary 0 1 2
entries 2 entries
entries 3 entries 1
entry 1 entry 0 -
entry 3 entry 0 2
expr 1 . 0
expr 3 cast 0 2
family 4 family 1
family 5 family 1 3
field 3 field 0 2 -
field 4 field 0 2 3
fields 2 fields
fields 3 fields 1
for_ 5 for_ 1 3 4
for_targets 4 for_targets 1
for_targets 3 for_targets 1
for_targets 5 for_targets 1 2
for_targets 4 for_targets 1 2
for_targets 1 for_targets 0
graph 6 graph 1 3 5
import_ 2 import_ 1 - -
import_ 4 import_ 1 3 -
import_ 5 import_ 1 3 4
import_ 3 import_ 1 - 2
import_ 2 import_ 1 - -
import_ 4 import_ 1 3 -
import_ 5 import_ 1 3 4
import_ 3 import_ 1 - 2
import_names 2 import_names
import_names 3 import_names 1
let 4 let 1 3
list_type 3 list_type 1
log 4 log 1 3
loss 4 loss 1 3
method 9 method 1 3 6
method 10 method 1 3 6 8
method 7 method 1 3 -
method 8 method 1 3 - 6
negated 2 not_ 1
negated 1 . 0
optimize 4 optimize 1 3
outputs 0 outputs
outputs 1 outputs 0
pair_type 5 pair_type 1 2
pair_type 4 pair_type 1 2
pair_type 5 pair_type 1 2
pair_type 4 pair_type 1 2
param 2 param 1 - -
param 4 param 1 3 -
param 6 param 1 3 5
param 4 param 1 - 3
parameter 1 parameter 0 - -
parameter 3 parameter 0 2 -
parameter 5 parameter 0 2 4
parameter 3 parameter 0 - 2
params 0 params
params 1 params 0
params 2 params 0
params 2 params 0 1
params 3 params 0 1
path 1 path 0
path 2 path 0 1
postfix 1 . 0
postfix 3 attr 0 2
postfix 4 call 0 2
postfix 6 samples_of 0 2 4
postfix 4 index 0 2
power 1 . 0
power 3 binary 0 1 2
process 4 process 1
process 5 process 1 3
produce 6 produce 1 3 5 -
produce 7 produce 1 3 5 6
program 4 program 1
program 5 program 1 3
range 1 . 0
range 3 span 0 2
record 3 record 1 2
return_ 2 return_ 1
reveal 2 reveal 1
role 4 role 1 3 -
role 5 role 1 3 4
role_names 0 role_names
role_names 1 role_names 0
role_names 2 role_names 0
role_names 2 role_names 0 1
role_names 3 role_names 0 1
settings 5 settings 0 2 3 4
settings 4 settings 0 2 - 3
settings 2 settings 0 - - 1
settings 5 settings 0 2 3 4
settings 4 settings 0 2 - 3
settings 2 settings 0 - - 1
settings 5 settings 0 2 3 4
settings 4 settings 0 2 - 3
settings 2 settings 0 - - 1
settings 5 settings 0 2 3 4
settings 4 settings 0 2 - 3
settings 2 settings 0 - - 1
signed 2 minus 1
signed 1 . 0
sizes 2 sizes 1
space 5 product 1 3 4
space 4 space 1 3 - -
space 6 space 1 3 5 -
space 7 space 1 3 5 6
space 5 space 1 3 - 4
stage 17 stage 1 3 5 8 10 12 14 16
stage 15 stage 1 3 5 8 10 - 12 14
stage_result 4 verdict 0 2
stage_result 1 . 0
state 4 state 1 3
sum 3 binary 0 1 2
sum 3 binary 0 1 2
sum 1 . 0
term 1 . 0
term 3 binary 0 1 2
term 3 binary 0 1 2
term 3 binary 0 1 2
term 3 binary 0 1 2
track 2 track 1 -
track 3 track 1 2
type 1 type 0 -
type 4 type 0 2
update 12 update 1 3 6 8 10 11
update 10 update 1 3 6 8 - 9
update 10 update 1 3 6 - 8 9
update 8 update 1 3 6 - - 7
update 9 update 1 3 - 5 7 8
update 7 update 1 3 - 5 - 6
update 7 update 1 3 - - 5 6
update 5 update 1 3 - - - 4
update 10 update 1 - 4 6 8 9
update 8 update 1 - 4 6 - 7
update 8 update 1 - 4 - 6 7
update 6 update 1 - 4 - - 5
update 7 update 1 - - 3 5 6
update 5 update 1 - - 3 - 4
update 5 update 1 - - - 3 4
update 3 update 1 - - - - 2
updated 1 updated 0
updated 2 updated 0 1
use 5 use 1 3 -
use 6 use 1 3 5
variant 3 variant 1 2
"""
LOOKAHEADS = """\
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA DOT EQ EXCEPT FLOOR FOR FROM GE GRAPH GT LBRACE LE LET LOG LOSS LPAR LSQB LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS POWER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AS ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE OR PARAM PER PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AS ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EQ EXCEPT FLOOR FOR FROM GE GRAPH GT LBRACE LE LET LOG LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PERCENT PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SLASH SPACE STAGE STAR STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW AND AS ASSERT CHECKPOINT COMMA COMPONENT DATA EQ EXCEPT FOR FROM GE GRAPH GT LBRACE LE LET LOG LOSS LT MESH MINUS NAME NE OPTIMIZE OR PARAM PER PLUS PROCESS PRODUCE RANGE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
NAME RBRACE
COMMA LET NAME RBRACE
$END ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
AND AS COMMA DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RPAR SLASH STAR
COMMA RPAR
AND AS DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RSQB SLASH STAR
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
LET NAME RBRACE
ALLOW ASSERT CHECKPOINT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
ALLOW ASSERT CHECKPOINT COMMA DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
$END ALLOW COMMA COMPONENT FROM GRAPH LBRACE LSQB PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
$END ALLOW ASSERT BY CHECKPOINT COMMA COMPONENT DATA DOT EQUAL EXCEPT FOR FROM GRAPH LBRACE LET LOG LOSS LPAR LSQB MESH NAME OPTIMIZE PARAM PER PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE RPAR RSQB SIZES SPACE STAGE STATE TO TRACK TRAIN UNTIL UPDATE USE VALIDATE VARIANT _TARGETS
COMMA RPAR RSQB
ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA GRAPH MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW ASSERT CHECKPOINT DATA FOR GRAPH LOG LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RETURN REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
ALLOW ASSERT CHECKPOINT COMMA DATA FOR GRAPH LOG LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RETURN REVEAL ROLE SIZES STATE TRACK TRAIN UPDATE USE VALIDATE _TARGETS
EVERY EXCEPT FROM LBRACE UNTIL
LBRACE LPAR
AND AS COMMA DOT EQ FLOOR GE GT LE LPAR LSQB LT MINUS NE OR PERCENT PLUS POWER RANGE RSQB SLASH STAR TO
COMMA RSQB
COMMA EVERY EXCEPT FROM LBRACE RPAR UNTIL
COMMA NAME RBRACE
$END ALLOW COMMA COMPONENT GRAPH PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE STAR VARIANT
ALLOW ASSERT CHECKPOINT COMMA COMPONENT DATA FOR GRAPH LOG LOSS MESH NAME OPTIMIZE PARAM PROCESS PRODUCE RBRACE RECORD RETURN REVEAL ROLE SIZES SPACE STAGE STATE TRACK TRAIN UPDATE USE VALIDATE VARIANT _TARGETS
ALLOW ASSERT GRAPH NAME PARAM RBRACE REVEAL STATE UPDATE _TARGETS
ALLOW ASSERT COMMA GRAPH NAME PARAM RBRACE REVEAL STATE UPDATE _TARGETS
ALLOW ASSERT FOR LOG LOSS NAME RBRACE RETURN REVEAL _TARGETS
ALLOW ASSERT COMMA FOR LOG LOSS NAME RBRACE RETURN REVEAL _TARGETS
COMMA MINUS RPAR
BY LSQB
ALLOW COMMA COMPONENT DOT GRAPH LSQB PARAM PROCESS RBRACE RECORD SIZES SPACE STAGE VARIANT
"""
STATES = """\
FAMILY>2,IMPORT>3,METHOD>4,PROCESS>5,PROGRAM>6,RECORD>7,SPACE>8,declaration>9,family>10,import_>11,method>12,process>13,program>14,record>15,space>16
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,expr>32,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39
NAME>40
NAME>41,STRING>42
NAME>43
NAME>44
NAME>45
NAME>46
NAME>47

$END<163
$END<164
$END<165
$END<166
$END<167
$END<168
$END<169
@0<127
NAME>48,RBRACE>49,__entries_star_8>50,entry>51,path>52
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>53
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RSQB>54,expr>55
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>56
@0<136
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>57
@0<137
@0<138
@0<139
@0<246
AND>58,@1<183
@2<223
OR>59,RANGE>60,@3<259
@0<140

@2<149
DOT>61,LPAR>62,LSQB>63,POWER>64,@4<251
@4<284
AS>65,@5<189
@4<299
EQ>66,GE>67,GT>68,LE>69,LT>70,MINUS>71,NE>72,PLUS>73,@2<152
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<298
LBRACE>78
AS>79,LBRACE>80,import_names>81,$END<204
LBRACE>80,AS>82,import_names>83,$END<208
LPAR>84
LBRACE>85
LBRACE>86
LBRACE>87,fields>88
EQUAL>89
DOT>90,__path_star_9>91,@7<244
@0<185
NAME>48,path>52,RBRACE>92,entry>93
COMMA>94,@8<18
EQUAL>95,@9<187
COMMA>96,RPAR>97,__atom_star_17>98
@0<131
COMMA>99,RSQB>100,__atom_star_17>101
@4<283
@2<222
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,postfix>34,power>35,signed>37,sum>38,term>39,negated>102
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,both>103
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,entries>31,negated>33,postfix>34,power>35,signed>37,sum>38,term>39,either>104
NAME>105
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,args>108,expr>109,RPAR<118
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>110,expr>111
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>112
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,annotation>116,list_type>117,pair_type>118,path>119,type>120
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>121
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>122
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>123
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>124
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>125
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>126
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>39,sum>127
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>37,term>128
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>129
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>130
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>131
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NUMBER>24,STRING>25,TRUE>26,atom>27,entries>31,postfix>34,power>35,signed>132
PROCESS>5,RECORD>7,SPACE>8,ALLOW>133,COMPONENT>134,GRAPH>135,PARAM>136,RBRACE>137,SIZES>138,STAGE>139,VARIANT>140,__family_star_1>141,_family_member>142,allow>143,component>144,graph>145,param>146,process>147,record>148,sizes>149,space>150,stage>151,variant>152
NAME>153
NAME>154,RBRACE>155,__import_names_star_0>156
$END<207
NAME>157
$END<211
NAME>158,role_names>159,RPAR<266
NAME>48,path>52,LET>160,RBRACE>161,__process_star_3>162,entry>163,let>164
PROCESS>5,ALLOW>133,GRAPH>135,PARAM>136,SIZES>138,ASSERT>165,CHECKPOINT>166,DATA>167,MESH>168,NAME>169,OPTIMIZE>170,PRODUCE>171,RBRACE>172,REVEAL>173,ROLE>174,STATE>175,TRACK>176,TRAIN>177,UPDATE>178,USE>179,VALIDATE>180,_TARGETS>181,__program_star_7>182,_program_member>183,allow>184,assert_>185,bind>186,data>187,draw>188,graph>189,optimize>190,param>191,process>192,produce>193,reveal>194,role>195,settings>196,sizes>197,state>198,track>199,update>200,use>201
NAME>202,RBRACE>203,__fields_star_10>204,field>205
@10<261
path>119,NAME>206,type>207
NAME>208
DOT>209,@11<245
@0<186
COMMA>210,@8<16
@8<19
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>211
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>212
@0<128
COMMA>213,RPAR>214
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>212,RSQB>215
@0<133
COMMA>216,RSQB>217
@2<148
AND>58,@1<184
OR>59,@3<260
@0<247
EQUAL>218,@12<136
COMMA>219,__args_star_18>220,RPAR<119
RPAR>221
@13<117
EQUAL>222,@14<136
RSQB>223
@4<252
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,annotation>224
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,annotation>225
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,annotation>226
@5<190
@15<113
@15<114
LSQB>227,@15<306
@15<115
MINUS>71,PLUS>73,@2<153
MINUS>71,PLUS>73,@2<154
MINUS>71,PLUS>73,@2<155
MINUS>71,PLUS>73,@2<156
MINUS>71,PLUS>73,@2<157
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<296
MINUS>71,PLUS>73,@2<158
FLOOR>74,PERCENT>75,SLASH>76,STAR>77,@6<297
@4<300
@4<301
@4<302
@4<303
LPAR>228
NAME>229
NAME>230
NAME>231
$END<191
LBRACE>18,entries>232
NAME>233
NAME>234
PROCESS>5,RECORD>7,SPACE>8,ALLOW>133,COMPONENT>134,GRAPH>135,PARAM>136,SIZES>138,STAGE>139,VARIANT>140,allow>143,component>144,graph>145,param>146,process>147,record>148,sizes>149,space>150,stage>151,variant>152,RBRACE>235,_family_member>236
COMMA>237,@16<22
@17<66
@17<67
@17<68
@17<69
@17<70
@17<71
@17<72
@17<73
@17<74
@17<75
LBRACE>80,import_names>238,$END<205
COMMA>239,@8<28
$END<212
NAME>240,RBRACE>241
LBRACE>80,import_names>242,$END<209
COMMA>243,__role_names_star_6>244,RPAR<267
RPAR>245
NAME>246
@18<253
NAME>48,path>52,LET>160,RBRACE>247,entry>248,let>249
COMMA>250,@19<52
COMMA>251,@19<54
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>252
LBRACE>18,EVERY>253,entries>254
NAME>255
LBRACE>18,EVERY>256,entries>257
EQUAL>258,TILDE>259
NAME>260
NAME>261
$END<257
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>262
NAME>263
NAME>264
NAME>265
LBRACE>18,EVERY>266,entries>267
NAME>268,updated>269
NAME>270,dotted>271
LBRACE>18,EVERY>272,entries>273
NAME>274
PROCESS>5,ALLOW>133,GRAPH>135,PARAM>136,SIZES>138,ASSERT>165,CHECKPOINT>166,DATA>167,MESH>168,NAME>169,OPTIMIZE>170,PRODUCE>171,REVEAL>173,ROLE>174,STATE>175,TRACK>176,TRAIN>177,UPDATE>178,USE>179,VALIDATE>180,_TARGETS>181,allow>184,bind>186,data>187,draw>188,graph>189,optimize>190,param>191,process>192,produce>193,reveal>194,role>195,settings>196,sizes>197,state>198,track>199,update>200,use>201,RBRACE>275,_program_member>276,assert_>277
COMMA>278,@20<59
@21<84
@20<61
@21<85
@21<86
@21<87
@21<88
@21<89
@21<90
@21<91
@21<92
@21<93
@21<94
@21<95
@21<96
@21<97
@21<98
@21<99
@21<100
COLON>279
@18<195
NAME>202,RBRACE>280,field>281
COMMA>282,@8<26
DOT>90,__path_star_9>91,STAR>283,__space_plus_2>284,@22<244
LBRACE>18,FROM>285,entries>286,@10<287
@23<46
NAME>287
@8<17
@9<188
@24<4
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,RPAR>288,expr>289
@0<130
@0<132
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>289,RSQB>290
@0<135
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>291
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,expr>109,arg>292,RPAR<120
COMMA>293,RPAR<121
@0<248
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>294
@0<250
COMMA>295,__pair_type_plus_13>296
RSQB>297
COMMA>295,__pair_type_plus_13>298
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>299,dim>300,dims>301,expr>302
NAME>303,code>304
EQUAL>305
LPAR>306
COLON>307,EQUAL>308,@25<231
@25<285
COLON>309
LBRACE>18,entries>310
$END<192
COMMA>311,@16<20
@16<23
$END<206
@8<29
COMMA>312,@8<30
$END<213
$END<210
NAME>313,RPAR<268
COMMA>314,RPAR<269
FROM>315,LBRACE>316
EQUAL>317
@18<254
COMMA>318,@19<48
COMMA>319,@19<50
@19<53
@19<55
COMMA>320,@26<123
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>321
@21<273
EQUAL>322
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>323
@21<276
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>324
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>325
EQUAL>326
EQUAL>327
@27<263
EQUAL>328
EQUAL>329
LBRACE>18,entries>330,@21<304
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>331
@21<279
COMMA>332,__role_names_star_6>333,@28<324
EVERY>334,EXCEPT>335,FROM>336,LBRACE>337,UNTIL>338,body>339
DOT>90,__path_star_9>340,@29<178
LPAR>341
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>342
@21<282
COMMA>343,RPAR>344,__role_names_star_6>345
$END<258
COMMA>346,@20<56
@20<58
@20<60
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,annotation>347
@18<196
COMMA>348,@8<24
@8<27
NAME>349
STAR>350,@10<286
NAME>351
@10<290
@23<47
@0<129
@24<5
@0<134
@13<116
@13<2
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,expr>109,arg>352,RPAR<122
RSQB>353
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,annotation>354
COMMA>355,RPAR>356
@15<215
COMMA>357,RPAR>358
EQUAL>359,@30<136
COMMA>360,__dims_star_12>361,RSQB<174
RSQB>362
TO>363,@31<172
MINUS>364,__code_star_16>365,@13<150
COMMA>366,RPAR>367,__allow_star_15>368
NAME>48,path>369
NAME>370,parameter>371,params>372,RPAR<239
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,annotation>373
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>374
NAME>375
@17<328
@16<21
@8<31
@32<62
NAME>376,RPAR<270
NAME>270,dotted>377
ALLOW>133,GRAPH>135,PARAM>136,ASSERT>165,NAME>169,REVEAL>173,STATE>175,UPDATE>178,_TARGETS>181,RBRACE>378,__method_star_5>379,_method_member>380,allow>381,assert_>382,bind>383,draw>384,graph>385,param>386,reveal>387,state>388,update>389
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>390
@19<49
@19<51
STRING>391,@26<124
LBRACE>18,NAME>392,entries>393
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>394
LBRACE>18,NAME>395,entries>396
@27<141
PER>397,@27<180
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>398
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>399
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>400
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>401
@21<305
LBRACE>18,NAME>402,entries>403
NAME>313
COMMA>404,@28<325
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>405
EVERY>406
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>407
ALLOW>133,ASSERT>165,NAME>169,REVEAL>173,_TARGETS>181,FOR>408,LOG>409,LOSS>410,RBRACE>411,RETURN>412,__body_star_14>413,_statement>414,allow>415,assert_>416,bind>417,draw>418,for_>419,log>420,loss>421,return_>422,reveal>423
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>424
@21<323
DOT>209,@29<179
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>425,RPAR<118
LBRACE>18,NAME>426,entries>427
NAME>313,RPAR>428
EQUAL>429
COMMA>430,RPAR>431
@20<57
LBRACE>18,entries>432,@33<193
@8<25
@34<64
NAME>433
LBRACE>18,entries>434,@10<288
@13<3
@0<249
@13<42
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,RPAR>435,annotation>436
@15<228
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,annotation>436,RPAR>437
@15<230
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>438
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>299,expr>302,dim>439,RSQB<175
COMMA>440,RSQB<176
@15<307
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>441
NAME>442
MINUS>443,@13<151
NAME>303,RPAR>444,code>445
@35<110
COMMA>446,RPAR>447
LBRACE>18,entries>448,@17<159
COLON>449,EQUAL>450,@13<235
COMMA>451,__params_star_11>452,RPAR<240
RPAR>453
EQUAL>454,@25<232
@25<234
LPAR>455
@32<63
LBRACE>456
$END<220
ALLOW>133,GRAPH>135,PARAM>136,ASSERT>165,NAME>169,REVEAL>173,STATE>175,UPDATE>178,_TARGETS>181,allow>381,bind>383,draw>384,graph>385,param>386,reveal>387,state>388,update>389,RBRACE>457,_method_member>458,assert_>459
COMMA>460,@36<35
@37<76
@36<37
@37<77
@37<78
@37<79
@37<80
@37<81
@37<82
@37<83
@9<214
COMMA>461,@26<125
LBRACE>18,entries>462
@21<272
LBRACE>87,fields>463,@21<161
LBRACE>18,entries>464
@21<275
NAME>465
@21<224
TO>466
LBRACE>18,entries>467,@21<264
@21<295
LBRACE>18,entries>468
@21<278
NAME>376
LBRACE>337,EXCEPT>469,FROM>470,UNTIL>471,body>472
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>473
LBRACE>337,UNTIL>474,body>475
LPAR>476,NAME>477,for_targets>478
NAME>479
NAME>480
@35<146
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>481
ALLOW>133,ASSERT>165,NAME>169,REVEAL>173,_TARGETS>181,FOR>408,LOG>409,LOSS>410,RETURN>412,allow>415,bind>417,draw>418,for_>419,log>420,loss>421,return_>422,reveal>423,RBRACE>482,_statement>483,assert_>484
COMMA>485,@38<9
@39<101
@38<11
@39<102
@39<103
@39<104
@39<105
@39<106
@39<107
@39<108
LBRACE>337,body>486
RPAR>487
LBRACE>18,entries>488
@21<281
EQUAL>489
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>490
NAME>376,RPAR>491
EQUAL>492
@33<194
@34<65
@10<289
@15<227
@13<43
@15<229
TO>493,@31<170
@31<14
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>299,expr>302,dim>494,RSQB<177
@31<173
@40<12
NAME>495
@35<109
@13<0
NAME>303,RPAR>496,code>497
@35<112
@17<160
NAME>48,LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,annotation>498
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>499
NAME>370,parameter>500,RPAR<241
COMMA>501,RPAR<242
LBRACE>337,body>502
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>503
NAME>370,parameter>371,params>504,RPAR<239
ALLOW>133,GRAPH>135,PARAM>136,ASSERT>165,NAME>169,REVEAL>173,STATE>175,UPDATE>178,_TARGETS>181,_method_member>380,allow>381,assert_>382,bind>383,draw>384,graph>385,param>386,reveal>387,state>388,update>389,RBRACE>505,__method_star_5>506
$END<221
COMMA>507,@36<32
@36<34
@36<36
@26<126
@21<271
@21<162
@21<274
LPAR>508,@27<181
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>509
@21<265
@21<277
EVERY>510
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>511
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>512
@21<315
LBRACE>337,FROM>513,UNTIL>514,body>515
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>516
@21<321
NAME>517
IN<202
IN>518
EQUAL>519
EQUAL>520
@39<262
@35<147
COMMA>521,@38<6
@38<8
@38<10
@21<322
LBRACE>18,entries>522,@21<326
@21<280
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>523
@27<143
EQUAL>524
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>525
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>526
@31<15
@40<13
@35<111
@13<1
EQUAL>527,@13<236
@13<238
@13<44
NAME>370,parameter>528,RPAR<243
@25<203
@25<233
RPAR>529
$END<218
ALLOW>133,GRAPH>135,PARAM>136,ASSERT>165,NAME>169,REVEAL>173,STATE>175,UPDATE>178,_TARGETS>181,allow>381,bind>383,draw>384,graph>385,param>386,reveal>387,state>388,update>389,_method_member>458,assert_>459,RBRACE>530
@36<33
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>531
LBRACE>18,entries>532,@21<255
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>533
LBRACE>337,UNTIL>534,body>535
LBRACE>337,body>536
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>537
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>538
@21<319
LBRACE>337,body>539
COMMA>540,RPAR>541,__role_names_star_6>542
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>543
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>544
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>545
@38<7
@21<327
@27<142
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>546
@27<145
@31<171
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>547
@13<45
ARROW>548
$END<219
RPAR>549
@21<256
LBRACE>337,FROM>550,UNTIL>551,body>552
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>553
@21<313
@21<314
LBRACE>337,UNTIL>554,body>555
LBRACE>337,body>556
@21<320
NAME>313,RPAR>557
IN<199
COMMA>558,RPAR>559
LBRACE>337,body>560
@39<216
@39<217
@27<144
@13<237
LPAR>113,LSQB>114,_TARGETS>115,list_type>117,pair_type>118,path>119,type>120,NAME>561,annotation>562,stage_result>563
@27<182
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>564
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>565
@21<311
LBRACE>337,body>566
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>567
@21<317
@21<318
IN<198
NAME>376,RPAR>568
IN<201
@39<197
DOT>90,__path_star_9>91,LPAR>569,@41<244
BY<294
BY>570
LBRACE>337,UNTIL>571,body>572
LBRACE>337,body>573
@21<312
LBRACE>337,body>574
IN<200
NAME>575
NAME>576
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>577
@21<309
@21<310
@21<316
RPAR>578
DOT>579,LPAR>580
LBRACE>337,body>581
BY<293
NAME>582
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>583,RPAR<118
@21<308
LPAR>584
RPAR>585
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,NAME>106,arg>107,expr>109,args>586,RPAR<118
DOT>587,LSQB>588,__outputs_star_4>589,outputs>590,@17<225
RPAR>591
NAME>592
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>593
DOT>594,LSQB>595,@17<226
@17<292
DOT>587,LSQB>588,__outputs_star_4>589,outputs>596,@17<225
@42<38
RSQB>597
NAME>598
FALSE>17,LBRACE>18,LPAR>19,LSQB>20,MINUS>21,NAME>22,NOT>23,NUMBER>24,STRING>25,TRUE>26,atom>27,both>28,compared>29,either>30,entries>31,negated>33,postfix>34,power>35,range>36,signed>37,sum>38,term>39,expr>599
@17<291
@42<39
@42<40
RSQB>600
@42<41
"""
